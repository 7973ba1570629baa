#include "delta/log/checkpoint/output/base_rows.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nanoarrow/nanoarrow.hpp>

#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_arrow.h>

#include "columnar/batch_builder.h"
#include "delta/log/checkpoint/checkpoint_batch.h"
#include "delta/log/checkpoint/column_json.h"
#include "delta/log/checkpoint/output/typed_statistics.h"
#include "delta/protocol/deletion_vector.h"
#include "delta/protocol/partition_value.h"

namespace deltaic::delta {
namespace {

using Fields = std::vector<StructField>;

const StructField* Find(const Fields& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &StructField::name);
  return found == fields.end() ? nullptr : &*found;
}

// Whether there is a column for all of `wanted`, each in its type.
bool Covers(const Fields& fields, const Fields& wanted) {
  return std::ranges::all_of(wanted, [&](const StructField& field) {
    const StructField* found = Find(fields, field.name);
    if (found == nullptr) return false;
    if (field.type.kind() != TypeKind::kStruct) return found->type == field.type;
    return found->type.kind() == TypeKind::kStruct &&
           Covers(found->type.fields(), field.type.fields());
  });
}

// The fields of the file's column of that name; none where it has none.
Fields FieldsOf(const datafusion::ObjectMeta& file, const datafusion::ParquetFile& parquet,
                const std::string& action) {
  const Schema schema = parquet.Read({action}).schema();
  if (schema.num_columns() == 0) return {};
  const ArrowSchema& column = *schema.c_schema()->children[0];
  if (std::string_view(column.format) != "+s") return {};
  try {
    return FromArrowSchema(column);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    throw Error(ErrorCode::kUnsupportedFeature,
                fmt::format("No checkpoint can be written: the one before has a column that has no "
                            "Delta type. {} File: {}",
                            error.message(), file.location));
  }
}

// The keys of file actions by row.
class Keys {
 public:
  Keys(const CheckpointBatch& batch, const ArrowColumn& action, std::string_view name)
      : batch_(batch),
        name_(name),
        path_(batch.Member(action, "path", NANOARROW_TYPE_STRING_VIEW)),
        vector_(batch.Member(action, "deletionVector", NANOARROW_TYPE_STRUCT)),
        type_(batch.Member(vector_, "storageType", NANOARROW_TYPE_STRING_VIEW)),
        vector_path_(batch.Member(vector_, "pathOrInlineDv", NANOARROW_TYPE_STRING_VIEW)),
        offset_(batch.Member(vector_, "offset", NANOARROW_TYPE_INT32)) {}

  bool IsIn(const FileKeySet& keys, int64_t row) const {
    batch_.Require(path_, row, fmt::format("{}.path", name_));
    if (vector_.IsNull(row) || type_.IsNull(row) || vector_path_.IsNull(row)) {
      return keys.Contains(path_.Text(row), "");
    }
    const std::optional<int64_t> offset = OptionalInteger(offset_, row);
    return keys.Contains(path_.Text(row), DeletionVectorId(type_.Text(row), vector_path_.Text(row),
                                                           offset ? &*offset : nullptr));
  }

 private:
  const CheckpointBatch& batch_;
  const std::string_view name_;
  const ArrowColumn path_;
  const ArrowColumn vector_;
  const ArrowColumn type_;
  const ArrowColumn vector_path_;
  const ArrowColumn offset_;
};

// Adds rows that were chosen.
void Add(const RecordBatch& batch, const std::vector<uint32_t>& chosen, RowPipeline& rows) {
  if (chosen.empty()) return;
  if (static_cast<int64_t>(chosen.size()) == batch.num_rows()) {
    rows.Add(batch, std::nullopt);
  } else {
    rows.Add(batch, chosen);
  }
}

// Calls `visit` with the batches of a column, some at a time beside the writing of older ones.
template <typename Visit>
void ForEachBatch(const datafusion::ObjectMeta& file, const datafusion::ParquetFile& parquet,
                  const std::string& column, RowPipeline& rows, const Visit& visit) {
  constexpr int kBatchesAtOnce = 32;
  CheckpointBatches batches(file, parquet, {column});
  bool is_at_end = false;
  while (!is_at_end) {
    rows.MakeMore([&] {
      for (int i = 0; i < kBatchesAtOnce && !is_at_end; ++i) {
        const std::unique_ptr<CheckpointBatch> batch = batches.Next();
        is_at_end = batch == nullptr || !batch->Action(column).exists();
        if (!is_at_end) visit(*batch);
      }
    });
  }
}

// What of add actions is made anew.
struct Remaking {
  bool texts = false;
  bool types = false;
  bool partition_types = false;

  bool any() const { return texts || types || partition_types; }
};

Remaking WhatToRemake(const Fields& found, const CheckpointForm& form) {
  const StatisticsForms& forms = form.statistics;
  const auto covers = [&](std::string_view name, const Fields& wanted) {
    const StructField* column = Find(found, name);
    return column != nullptr && column->type.kind() == TypeKind::kStruct &&
           Covers(column->type.fields(), wanted);
  };
  const bool has_texts = Find(found, "stats") != nullptr;
  const bool has_types = Find(found, "stats_parsed") != nullptr;
  Remaking remaking;
  remaking.texts = forms.has_texts && !has_texts && has_types;
  if (!forms.has_types) return remaking;
  Fields wanted = TypedStatisticsFields(forms.columns);
  if (has_texts || has_types) {
    // Writers of tables without deletion vectors leave it out.
    if (!has_texts) std::erase_if(wanted, [](const auto& f) { return f.name == "tightBounds"; });
    remaking.types = !covers("stats_parsed", wanted);
  }
  remaking.partition_types = !forms.partition_columns.empty() &&
                             !covers("partitionValues_parsed", forms.partition_columns);
  return remaking;
}

// The statistics of a batch of add actions as texts, whatever form they have there.
class StatisticsTexts {
 public:
  StatisticsTexts(const CheckpointBatch& batch, const ArrowColumn& add)
      : texts_(batch.Member(add, "stats", NANOARROW_TYPE_STRING_VIEW)),
        types_(add.Child("stats_parsed")) {}

  // Valid until the next call.
  std::string_view operator()(int64_t row) {
    if (!texts_.IsNull(row)) return texts_.Text(row);
    if (types_.IsNull(row)) return {};
    made_ = ColumnJson(types_, row);
    return made_;
  }

 private:
  const ArrowColumn texts_;
  const ArrowColumn types_;
  std::string made_;
};

// Adds the fields of the batch's one column, a struct, but for those of `without`.
void AddFields(const RecordBatch& batch, const std::vector<std::string_view>& without,
               BatchBuilder& builder) {
  nanoarrow::UniqueSchema schema;
  batch.schema().Export(schema.get());
  nanoarrow::UniqueArray all;
  batch.Export(all.get());
  ArrowSchema* type = schema->children[0];
  ArrowArray* column = all->children[0];
  if (column->offset != 0) {
    throw Error(ErrorCode::kInternal, "A column of a checkpoint does not begin with its batch.");
  }
  for (int64_t i = 0; i < type->n_children; ++i) {
    if (std::ranges::find(without, std::string_view(type->children[i]->name)) != without.end()) {
      continue;
    }
    nanoarrow::UniqueSchema of_field;
    ArrowSchemaMove(type->children[i], of_field.get());
    nanoarrow::UniqueArray field;
    ArrowArrayMove(column->children[i], field.get());
    builder.AddArray(std::move(of_field), std::move(field));
  }
}

RecordBatch Remake(const CheckpointBatch& batch, const Remaking& remaking,
                   const StatisticsForms& forms) {
  const ArrowColumn add = batch.Action("add");
  const int64_t num_rows = batch.num_rows();
  std::vector<std::string_view> without;
  BatchBuilder fields(num_rows);
  StatisticsTexts texts(batch, add);
  if (remaking.texts) {
    without.push_back("stats");
    ColumnBuilder column("stats", NANOARROW_TYPE_STRING);
    for (int64_t row = 0; row < num_rows; ++row) {
      const std::string_view text = add.IsNull(row) ? std::string_view() : texts(row);
      text.empty() ? column.AppendNull() : column.AppendBytes(text);
    }
    fields.Add(std::move(column));
  }
  if (remaking.types) {
    without.push_back("stats_parsed");
    fields.AddStruct("stats_parsed", TypeStatistics(forms.columns, num_rows, [&](int64_t row) {
                       return add.IsNull(row) ? std::string_view() : texts(row);
                     }));
  }
  if (remaking.partition_types) {
    without.push_back("partitionValues_parsed");
    const ArrowColumn maps = batch.TextMap(add, "partitionValues");
    const auto text = [&](int64_t row, size_t column) -> std::optional<std::string_view> {
      if (add.IsNull(row) || maps.IsNull(row)) return std::nullopt;
      const ArrowColumn keys = maps.Elements().Field(0), values = maps.Elements().Field(1);
      for (int64_t i = maps.ElementsBegin(row); i < maps.ElementsEnd(row); ++i) {
        if (keys.IsNull(i) || keys.Text(i) != forms.partition_columns[column].name) continue;
        return values.IsNull(i) ? std::nullopt : std::optional(values.Text(i));
      }
      return std::nullopt;
    };
    fields.AddStruct("partitionValues_parsed",
                     ParsePartitionValues(forms.partition_columns, num_rows, text));
  }
  AddFields(batch.rows(), without, fields);
  BatchBuilder outer(num_rows);
  outer.AddStruct("add", fields.Finish());
  return outer.Finish();
}

// Whether some rows have no text where they have types.
bool LacksTexts(const CheckpointBatch& batch, const ArrowColumn& add) {
  const ArrowColumn texts = batch.Member(add, "stats", NANOARROW_TYPE_STRING_VIEW);
  const ArrowColumn types = add.Child("stats_parsed");
  if (!types.exists() || texts.HasNoNulls()) return false;
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (!add.IsNull(row) && texts.IsNull(row) && !types.IsNull(row)) return true;
  }
  return false;
}

// Whether some rows have no types where they have a text.
bool LacksTypes(const CheckpointBatch& batch, const ArrowColumn& add) {
  const ArrowColumn texts = batch.Member(add, "stats", NANOARROW_TYPE_STRING_VIEW);
  const ArrowColumn types = add.Child("stats_parsed");
  if (!texts.exists() || types.HasNoNulls()) return false;
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (!add.IsNull(row) && !texts.IsNull(row) && types.IsNull(row)) return true;
  }
  return false;
}

}  // namespace

BaseRows::BaseRows(const datafusion::ObjectStore& store, const datafusion::ObjectMeta& file)
    : file_(file), parquet_(OpenCheckpointFile(store, file)) {}

void BaseRows::TeachColumns(CheckpointForm& form) const {
  for (const char* action : {"add", "remove"}) {
    form.LearnColumn(action, FieldsOf(file_, parquet_, action));
  }
}

int64_t BaseRows::AddAdds(const CheckpointForm& form, const FileKeySet& replaced,
                          RowPipeline& rows) const {
  const Remaking of_all = WhatToRemake(FieldsOf(file_, parquet_, "add"), form);
  int64_t num_adds = 0;
  std::vector<uint32_t> chosen;
  ForEachBatch(file_, parquet_, "add", rows, [&](const CheckpointBatch& batch) {
    const ArrowColumn add = batch.Action("add");
    const Keys keys(batch, add, "add");
    chosen.clear();
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (add.IsNull(row) || keys.IsIn(replaced, row)) continue;
      chosen.push_back(static_cast<uint32_t>(row));
    }
    if (chosen.empty()) return;
    num_adds += static_cast<int64_t>(chosen.size());
    Remaking remaking = of_all;
    remaking.texts |= form.statistics.has_texts && LacksTexts(batch, add);
    remaking.types |= form.statistics.has_types && LacksTypes(batch, add);
    Add(remaking.any() ? Remake(batch, remaking, form.statistics) : batch.rows(), chosen, rows);
  });
  return num_adds;
}

void BaseRows::AddRemoves(const FileKeySet& replaced, int64_t oldest_removal_ms,
                          RowPipeline& rows) const {
  std::vector<uint32_t> chosen;
  ForEachBatch(file_, parquet_, "remove", rows, [&](const CheckpointBatch& batch) {
    const ArrowColumn remove = batch.Action("remove");
    const Keys keys(batch, remove, "remove");
    const ArrowColumn time = batch.Member(remove, "deletionTimestamp", NANOARROW_TYPE_INT64);
    chosen.clear();
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (remove.IsNull(row) || keys.IsIn(replaced, row)) continue;
      if (OptionalInteger(time, row).value_or(0) <= oldest_removal_ms) continue;
      chosen.push_back(static_cast<uint32_t>(row));
    }
    Add(batch.rows(), chosen, rows);
  });
}

}  // namespace deltaic::delta
