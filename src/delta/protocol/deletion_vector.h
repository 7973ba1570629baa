#pragma once

// Deletion vectors as they are stored (PROTOCOL.md, "Deletion Vectors"). Pure functions; no byte is
// trusted.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <deltaic/delta/protocol/deletion_vector_descriptor.h>

#include "delta/protocol/row_bitmap.h"

namespace deltaic::delta {

/// Vectors of more bytes are refused: 64 MiB, of a file of half a billion rows.
inline constexpr int32_t kMaxDeletionVectorSize = 64 << 20;

/// What identifies a deletion vector together with its file's path ("Action Reconciliation"):
/// storage type, path or inline text, and "@" with the offset if there is one.
std::string DeletionVectorId(std::string_view storage_type, std::string_view path_or_inline,
                             const int64_t* offset);

/// Puts a descriptor together from what the log has for its members. Nothing where one is missing
/// that must be there, or is out of its range: unknown storage types, negative or 64-bit sizes.
std::optional<DeletionVectorDescriptor> MakeDeletionVector(std::string_view storage_type,
                                                           std::string_view path_or_inline,
                                                           std::optional<int64_t> offset,
                                                           std::optional<int64_t> size_in_bytes,
                                                           std::optional<int64_t> cardinality);

/// The path of the file that holds the vector, spelled as those of add actions are. Throws
/// `kCorruptLog` where it makes no sense; the vector must not be inline.
std::string DeletionVectorPath(const DeletionVectorDescriptor& vector);

/// Which bytes of its file hold the vector: its size, its data, its checksum. The first byte of the
/// file is its format's version.
struct ByteSpan {
  int64_t offset;
  int64_t length;
};
ByteSpan StoredSpan(const DeletionVectorDescriptor& vector);

/// The rows of a vector from the first byte of its file and the bytes of its span. Throws
/// `kCorruptData` where they are not what the log says, `kResourcesExhausted` as `DecodeRowBitmap`
/// does and for a vector beyond `kMaxDeletionVectorSize`.
RowSet DecodeStoredVector(const DeletionVectorDescriptor& vector, char version,
                          std::string_view bytes);

/// The rows of an inline vector. Throws as `DecodeStoredVector` does, but `kCorruptLog` for a text
/// that is no Z85 or too short.
RowSet DecodeInlineVector(const DeletionVectorDescriptor& vector);

/// The bytes of a vector, without size and checksum around them. Throws `kResourcesExhausted` where
/// they are more than `kMaxDeletionVectorSize`.
std::string EncodeVector(const RowSet& rows);

/// The text of an inline vector, of the bytes that `EncodeVector` gives.
std::string EncodeInlineVector(std::string_view vector);

/// Appends a vector, as `EncodeVector` gives it, to the bytes of a file of vectors, which begins
/// empty. Returns its offset.
int64_t AppendStoredVector(std::string_view vector, std::string& file);

/// What a descriptor of storage type 'u' has as path: the file of the UUID in 16 bytes, in the
/// folder `prefix` ("" = the table's own).
std::string RelativeVectorPath(std::string_view prefix, std::string_view uuid);

/// Throws `kResourcesExhausted` for a vector beyond `kMaxDeletionVectorSize`.
void CheckVectorSize(const DeletionVectorDescriptor& vector);

}  // namespace deltaic::delta
