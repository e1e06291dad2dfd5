// Eigen: includes it as a system header, so that its warnings do not drown ours.
#pragma once
#pragma GCC system_header

#define EIGEN_DONT_PARALLELIZE
#define EIGEN_MPL2_ONLY
#include <Eigen/Core>
