// The intrinsics of x86, to be included before a target region is opened.
#pragma once

#include <immintrin.h>
