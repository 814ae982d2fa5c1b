#!/bin/sh
# Checks what the build needs beyond a Rust toolchain, and installs it where it may.
# RocksDB needs clang: its binding reads libclang, its C++ files are compiled with clang++ (.cargo/config.toml).
# Rust links with the system's C compiler.
set -eu

has_libclang() {
    [ -n "${LIBCLANG_PATH:-}" ] && return 0
    ldconfig -p 2>/dev/null | grep -q 'libclang[-.0-9]*\.so' && return 0
    for file in /usr/lib/llvm-*/lib/libclang*.so* /usr/lib/*/libclang*.so* /usr/lib64/libclang*.so*; do
        case "$file" in *libclang-cpp*) continue ;; esac
        [ -e "$file" ] && return 0
    done
    return 1
}

# The library alone is not enough: bindgen also reads clang's own headers.
has_clang_headers() {
    command -v clang >/dev/null 2>&1 && return 0
    for file in /usr/lib/llvm-*/lib/clang/*/include/stddef.h /usr/lib/clang/*/include/stddef.h \
        /usr/lib64/clang/*/include/stddef.h; do
        [ -e "$file" ] && return 0
    done
    return 1
}

missing=""
{ has_libclang && has_clang_headers; } || missing="$missing libclang-dev"
command -v "${CXX:-clang++}" >/dev/null 2>&1 || missing="$missing clang"
# The C++ standard library's headers come with it.
command -v c++ >/dev/null 2>&1 || missing="$missing g++"
command -v cargo >/dev/null 2>&1 || { echo "setup: cargo is missing; install Rust from https://rustup.rs" >&2; exit 1; }
[ -z "$missing" ] && exit 0

if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "setup: installing$missing"
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing
elif command -v apt-get >/dev/null 2>&1; then
    echo "setup: missing:$missing. Run: sudo apt-get install -y$missing" >&2
    exit 1
else
    echo "setup: missing:$missing. Install your distribution's packages for libclang and a C++ compiler" >&2
    exit 1
fi
