// 32 registers of sixteen lanes: 24 sums, two of B, one of A.
#if defined(__x86_64__)
#define CK_TARGET __attribute__((target("avx512f,avx2,fma")))
#define CK_LANES 16
#define CK_VECTORS 2
#define CK_ROWS 12
#define CK_VARIANT CK_AVX512
#define CK_TABLE ck_kernels_avx512
#include "kernels.h"
#endif
