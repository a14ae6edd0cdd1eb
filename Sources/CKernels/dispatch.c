#include "CKernels.h"

extern const ck_kernels ck_kernels_baseline;
#if defined(__x86_64__)
extern const ck_kernels ck_kernels_avx2, ck_kernels_avx512;
#endif

const ck_kernels *ck_kernels_for(ck_variant variant) {
    switch (variant) {
    case CK_BASELINE: return &ck_kernels_baseline;
#if defined(__x86_64__)
    case CK_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &ck_kernels_avx2 : NULL;
    case CK_AVX512: return ck_kernels_for(CK_AVX2) && __builtin_cpu_supports("avx512f") ? &ck_kernels_avx512 : NULL;
#endif
    default: return NULL;
    }
}

const ck_kernels *ck_kernels_best(void) {
    const ck_kernels *kernels = ck_kernels_for(CK_AVX512);
    if (!kernels) kernels = ck_kernels_for(CK_AVX2);
    return kernels ? kernels : &ck_kernels_baseline;
}
