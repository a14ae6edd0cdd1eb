// 16 registers of eight lanes: twelve sums, two of B, one of A.
#if defined(__x86_64__)
#define CK_TARGET __attribute__((target("avx2,fma")))
#define CK_LANES 8
#define CK_VECTORS 2
#define CK_ROWS 6
#define CK_VARIANT CK_AVX2
#define CK_TABLE ck_kernels_avx2
#include "kernels.h"
#endif
