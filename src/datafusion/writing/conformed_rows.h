#pragma once

// Rows in the types of a table's columns. Safe to call from any thread.

#include <string>
#include <vector>

#include <deltaic/columnar/schema.h>
#include <deltaic/datafusion/data_frame.h>

namespace deltaic::datafusion {

/// What becomes of a text where a column holds other values.
enum class TextConversion {
  kRefuse,
  kParse,  ///< It is read, as a literal of SQL is.
};

/// Returns the rows with the columns of `target`: column i is made of that which has exactly the
/// name `sources[i]`; other columns go. All of the result may be null, at every depth; whether it
/// is, the sink checks.
///
/// A value is the same in the result, or it is refused. Numbers become other numbers where these
/// are equal, whatever the types; dates midnights; times keep their instant, where one without a
/// zone is in UTC. Fields of structs go by name, exactly or else without regard to case; those that
/// lack are null. Encodings (dictionaries, views, large and fixed sizes) do not matter, nor do the
/// names in lists and maps.
///
/// Throws `kSchemaMismatch` naming the column and both types where these never fit, and for names
/// that are not there or not unique. The query throws it, naming column, type and value, where a
/// value does not fit.
DataFrame Conform(const DataFrame& rows, const std::vector<std::string>& sources,
                  const Schema& target, TextConversion texts = TextConversion::kRefuse);

}  // namespace deltaic::datafusion
