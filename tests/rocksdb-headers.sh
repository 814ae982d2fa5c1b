#!/bin/sh
# Prepares a precompiled header for RocksDB's C++ files, and prints what clang must add to their command line
# (nothing where that cannot work: the build is then right, and slower).
#
# Nine tenths of RocksDB's build is reading the same headers and making the same templates 340 times over. With both
# done once the whole takes a third of the time (docs/decisions/0019-rocksdb-is-built-with-a-precompiled-header.md).
# The result is for CCC_OVERRIDE_OPTIONS, clang's own list of edits to its command line: a warning that only RocksDB's
# build script asks for becomes the inclusion of the header, so nothing else is touched, and what Cargo watches stays
# equal with and without it: a plain `cargo build` finds the same library.
#
# usage: rocksdb-headers.sh TARGET_DIR
set -eu

target_dir=$1
case "${CXX:-clang++}" in clang++*) ;; *) exit 0 ;; esac
[ -z "${CXXFLAGS:-}" ] || exit 0
[ "$(uname -sm)" = "Linux x86_64" ] || exit 0
command -v "${CXX:-clang++}" >/dev/null 2>&1 || exit 0

# The sources that Cargo will build, by its own answer.
manifests=$(cargo metadata --locked --format-version 1 2>/dev/null | tr ',' '\n' |
    sed -n 's/.*"manifest_path":"\([^"]*\(librocksdb\|lz4\)-sys-[^"]*\)".*/\1/p')
sources=$(printf '%s\n' "$manifests" | grep librocksdb-sys | head -1 | xargs -r dirname)
lz4=$(printf '%s\n' "$manifests" | grep lz4-sys | head -1 | xargs -r dirname)
[ -d "$sources/rocksdb" ] && [ -d "$lz4/liblz4" ] || exit 0

# What the build script passes: a header is accepted only by a compilation with the same options and definitions.
flags="-O2 -ffunction-sections -fdata-sections -fPIC -m64 --target=x86_64-unknown-linux-gnu -std=c++20
    -march=x86-64-v2 -msse2 -msse4.1 -msse4.2
    -I $sources/rocksdb/include -I $sources/rocksdb -I $sources -I $lz4/liblz4/lib
    -D LZ4=1 -D NDEBUG=1 -D HAVE_ALIGNED_NEW -D HAVE_UINT128_EXTENSION
    -D OS_LINUX -D ROCKSDB_PLATFORM_POSIX -D ROCKSDB_LIB_IO_POSIX -D ROCKSDB_SCHED_GETCPU_PRESENT
    -D ROCKSDB_AUXV_GETAUXVAL_PRESENT -D ROCKSDB_FALLOCATE_PRESENT -D ROCKSDB_RANGESYNC_PRESENT
    -include cstdint"

compiler=$("${CXX:-clang++}" --version | head -1)
case "$target_dir" in *[[:space:]]*) exit 0 ;; esac
name=$(printf '%s %s' "$compiler" "$flags" | sha256sum | cut -c1-16)
folder=$target_dir/rocksdb-headers
header=$folder/$name.hh
precompiled=$header.pch

if [ ! -f "$precompiled" ]; then
    mkdir -p "$folder"
    {
        for standard in algorithm array atomic cassert chrono cinttypes condition_variable cstddef cstdint cstdio \
            cstdlib cstring deque fstream functional iomanip iostream limits list map memory mutex optional queue random \
            set shared_mutex sstream string string_view thread tuple type_traits unordered_map unordered_set utility \
            variant vector; do
            echo "#include <$standard>"
        done
        # What most files include, directly or not.
        for own in db/db_impl/db_impl.h db/version_set.h table/block_based/block_based_table_reader.h \
            rocksdb/utilities/options_type.h options/options_helper.h file/random_access_file_reader.h util/coding.h \
            test_util/sync_point.h utilities/transactions/pessimistic_transaction_db.h; do
            echo "#include \"$own\""
        done
    } >"$header"
    # shellcheck disable=SC2086
    "${CXX:-clang++}" $flags -w -fpch-instantiate-templates -x c++-header "$header" -o "$precompiled.$$" 2>/dev/null ||
        exit 0
    # One file of RocksDB must compile with it, or it is not used.
    # shellcheck disable=SC2086
    "${CXX:-clang++}" $flags -w -include-pch "$precompiled.$$" -Woverloaded-virtual -c "$sources/rocksdb/monitoring/perf_level.cc" \
        -o "$folder/probe.o" 2>/dev/null || exit 0
    rm -f "$folder/probe.o"
    mv "$precompiled.$$" "$precompiled"
fi
# The driver takes NAME.pch in place of NAME. The # keeps clang silent: words on its error output would tell the build
# script that a flag is not supported.
echo "# s/-Woverloaded-virtual/-include$header/"
