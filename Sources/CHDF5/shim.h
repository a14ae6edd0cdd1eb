#pragma once

// From 1.12 on, names such as H5Lget_info are macros for newer functions; this asks for those of 1.10, which every release has.
#define H5_USE_110_API 1
#include <hdf5.h>

// Swift imports neither macros with casts or calls nor functions behind macros that rename them. Each function below is one of these.

// H5P_DEFAULT, H5S_ALL and H5E_DEFAULT are casts of zero.
static inline hid_t cnn_h5_default(void) { return H5P_DEFAULT; }

// These macros open the library before they name a global variable.
static inline unsigned cnn_h5_read_only(void) { return H5F_ACC_RDONLY; }
static inline hid_t cnn_h5_file_access_class(void) { return H5P_FILE_ACCESS; }

// A file image is bytes in memory that the library takes for a file. Without callbacks it copies them twice; these hand out the caller's
// bytes wherever the library asks for memory, and free nothing. The bytes are never written to, for the file is opened for reading only.
static inline void *cnn_h5_image_bytes(size_t count, H5FD_file_image_op_t operation, void *bytes) {
    (void)count, (void)operation;
    return bytes;
}
static inline void *cnn_h5_image_keep(void *to, const void *from, size_t count, H5FD_file_image_op_t operation, void *bytes) {
    (void)count, (void)operation, (void)bytes;
    return to == from ? to : NULL;
}
static inline void *cnn_h5_image_resize(void *image, size_t count, H5FD_file_image_op_t operation, void *bytes) {
    (void)image, (void)count, (void)operation, (void)bytes;
    return NULL;
}
static inline herr_t cnn_h5_image_leave(void *image, H5FD_file_image_op_t operation, void *bytes) {
    (void)image, (void)operation, (void)bytes;
    return 0;
}
static inline void *cnn_h5_image_same(void *bytes) { return bytes; }
static inline herr_t cnn_h5_image_none(void *bytes) {
    (void)bytes;
    return 0;
}
// Makes files that are opened with this access list be these bytes, which stay where they are until the file and the list are closed.
static inline herr_t cnn_h5_set_image(hid_t access, const void *bytes, size_t count) {
    H5FD_file_image_callbacks_t callbacks = {
        cnn_h5_image_bytes, cnn_h5_image_keep, cnn_h5_image_resize, cnn_h5_image_leave, cnn_h5_image_same, cnn_h5_image_none, (void *)bytes};
    if (H5Pset_fapl_core(access, 1 << 16, 0) < 0) return -1;
    if (H5Pset_file_image_callbacks(access, &callbacks) < 0) return -1;
    return H5Pset_file_image(access, (void *)bytes, count);
}

// H5S_UNLIMITED and HADDR_UNDEF are casts of -1.
static inline haddr_t cnn_h5_no_address(void) { return HADDR_UNDEF; }

// H5Lget_info is a macro from 1.12 on; its structure differs too. Returns the kind of a link, or a negative number; of a hard link the
// address as well.
static inline int cnn_h5_link(hid_t group, const char *name, haddr_t *address) {
    H5L_info_t info;
    if (H5Lget_info(group, name, &info, H5P_DEFAULT) < 0) return -1;
    *address = info.type == H5L_TYPE_HARD ? info.u.address : HADDR_UNDEF;
    return (int)info.type;
}

// H5Oget_info is a macro, its structure differs from 1.12 on; H5O_INFO_BASIC keeps it from walking the object's indexes.
static inline herr_t cnn_h5_object_address(hid_t object, haddr_t *address) {
    H5O_info_t info;
    if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) return -1;
    *address = info.addr;
    return 0;
}

// H5Literate is a macro from 1.12 on, and its callback's structure differs. Calls `visit` with each name until it returns non-zero,
// in the order of the file: to sort, 1.10 makes a table, and frees what it has not filled when a group is damaged.
typedef int (*cnn_h5_name_visitor)(const char *name, void *context);
struct cnn_h5_visit { cnn_h5_name_visitor visitor; void *context; };
static inline herr_t cnn_h5_visit_link(hid_t group, const char *name, const H5L_info_t *info, void *data) {
    const struct cnn_h5_visit *visit = (const struct cnn_h5_visit *)data;
    (void)group, (void)info;
    return visit->visitor(name, visit->context);
}
static inline herr_t cnn_h5_visit_names(hid_t group, cnn_h5_name_visitor visitor, void *context) {
    struct cnn_h5_visit visit = {visitor, context};
    return H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, cnn_h5_visit_link, &visit);
}
