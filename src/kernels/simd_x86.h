// The intrinsics of x86. Include it before a target region is opened.
#pragma once

#include <immintrin.h>
