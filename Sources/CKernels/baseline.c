// What the compiler targets anyway: vectors of four lanes, which are NEON on arm64 and SSE2 on x86-64.
#define CK_TARGET
#define CK_LANES 4
#if defined(__aarch64__)
#define CK_VECTORS 4
#define CK_ROWS 6
#else
#define CK_VECTORS 2
#define CK_ROWS 4
#endif
#define CK_VARIANT CK_BASELINE
#define CK_TABLE ck_kernels_baseline
#include "kernels.h"
