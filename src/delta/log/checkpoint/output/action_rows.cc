#include "delta/log/checkpoint/output/action_rows.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <nanoarrow/nanoarrow.hpp>

#include <deltaic/delta/protocol/schema_arrow.h>

#include "columnar/batch_builder.h"
#include "columnar/column_builder.h"
#include "delta/log/checkpoint/output/typed_statistics.h"
#include "delta/protocol/partition_value.h"
#include "delta/protocol/table_feature.h"

namespace deltaic::delta {
namespace {

// Builds the columns of one kind of action.
template <typename Action>
class Rows {
 public:
  explicit Rows(const std::vector<const Action*>& actions)
      : actions_(actions), batch_(static_cast<int64_t>(actions.size())) {}

  void Texts(std::string_view name, std::string Action::*member) {
    ColumnBuilder column(name, NANOARROW_TYPE_STRING);
    for (const Action* action : actions_) column.AppendBytes(action->*member);
    batch_.Add(std::move(column));
  }

  void Texts(std::string_view name, std::optional<std::string> Action::*member) {
    if (!HasAny(member)) return;
    ColumnBuilder column(name, NANOARROW_TYPE_STRING);
    for (const Action* action : actions_) {
      const std::optional<std::string>& text = action->*member;
      text ? column.AppendBytes(*text) : column.AppendNull();
    }
    batch_.Add(std::move(column));
  }

  void Numbers(std::string_view name, int64_t Action::*member) {
    ColumnBuilder column(name, NANOARROW_TYPE_INT64);
    for (const Action* action : actions_) column.AppendInt(action->*member);
    batch_.Add(std::move(column));
  }

  void Numbers(std::string_view name, std::optional<int64_t> Action::*member) {
    if (!HasAny(member)) return;
    ColumnBuilder column(name, NANOARROW_TYPE_INT64);
    for (const Action* action : actions_) column.AppendInt(action->*member);
    batch_.Add(std::move(column));
  }

  void Truths(std::string_view name, std::optional<bool> Action::*member) {
    if (!HasAny(member)) return;
    ColumnBuilder column(name, NANOARROW_TYPE_BOOL);
    for (const Action* action : actions_) {
      const std::optional<bool>& truth = action->*member;
      truth ? column.AppendInt(*truth ? 1 : 0) : column.AppendNull();
    }
    batch_.Add(std::move(column));
  }

  void False(std::string_view name) {
    batch_.AddBooleans(name, std::vector<bool>(actions_.size(), false));
  }

  void Maps(std::string_view name, NullableTexts Action::*member) {
    ColumnBuilder column = ColumnBuilder::TextMaps(name);
    for (const Action* action : actions_) AppendMap(action->*member, column);
    batch_.Add(std::move(column));
  }

  void Maps(std::string_view name, std::optional<NullableTexts> Action::*member) {
    if (!HasAny(member)) return;
    ColumnBuilder column = ColumnBuilder::TextMaps(name);
    for (const Action* action : actions_) {
      const std::optional<NullableTexts>& texts = action->*member;
      texts ? AppendMap(*texts, column) : column.AppendNull();
    }
    batch_.Add(std::move(column));
  }

  void Vectors(std::optional<DeletionVector> Action::*member, const MemberTypes& unknown) {
    if (!HasAny(member)) return;
    nanoarrow::UniqueSchema schema;
    ToArrowField({"deletionVector", DataType::Struct(DeletionVectorFields(unknown))},
                 ArrowNullability::kAll, schema.get());
    ColumnBuilder column(std::move(schema));
    for (const Action* action : actions_) {
      const std::optional<DeletionVector>& vector = action->*member;
      vector ? AppendVector(*vector, unknown, column) : column.AppendNull();
    }
    batch_.Add(std::move(column));
  }

  void Unknown(UnknownMembers Action::*member, const MemberTypes& types) {
    std::vector<const UnknownMembers*> rows;
    rows.reserve(actions_.size());
    for (const Action* action : actions_) rows.push_back(&(action->*member));
    types.AddColumns(rows, batch_);
  }

  BatchBuilder& batch() { return batch_; }

  // The batch of one column.
  RecordBatch Finish(std::string_view name) {
    BatchBuilder outer(static_cast<int64_t>(actions_.size()));
    outer.AddStruct(name, batch_.Finish());
    return outer.Finish();
  }

 private:
  template <typename Member>
  bool HasAny(Member member) const {
    return std::ranges::any_of(
        actions_, [member](const Action* action) { return (action->*member).has_value(); });
  }

  static void AppendMap(const NullableTexts& texts, ColumnBuilder& column) {
    ArrowArray* entries = column.child(0);
    for (const auto& [key, text] : texts) {
      AppendBytes(key, entries->children[0]);
      if (text) {
        AppendBytes(*text, entries->children[1]);
      } else {
        CheckNanoarrow(ArrowArrayAppendNull(entries->children[1], 1));
      }
      CheckNanoarrow(ArrowArrayFinishElement(entries));
    }
    column.FinishElement();
  }

  static void AppendVector(const DeletionVector& vector, const MemberTypes& unknown,
                           ColumnBuilder& column) {
    constexpr int kKnown = 5;
    AppendBytes({&vector.storage_type, 1}, column.child(0));
    AppendBytes(vector.path_or_inline, column.child(1));
    CheckNanoarrow(vector.offset ? ArrowArrayAppendInt(column.child(2), *vector.offset)
                                 : ArrowArrayAppendNull(column.child(2), 1));
    CheckNanoarrow(ArrowArrayAppendInt(column.child(3), vector.size_in_bytes));
    CheckNanoarrow(ArrowArrayAppendInt(column.child(4), vector.cardinality));
    unknown.AppendRow(vector.unknown_members, column.array()->children + kKnown);
    column.FinishElement();
  }

  const std::vector<const Action*>& actions_;
  BatchBuilder batch_;
};

template <typename Action>
std::vector<const Action*> Pointers(const std::vector<Action>& actions) {
  std::vector<const Action*> pointers;
  pointers.reserve(actions.size());
  for (const Action& action : actions) pointers.push_back(&action);
  return pointers;
}

NullableTexts Nullable(const std::map<std::string, std::string>& texts) {
  return {texts.begin(), texts.end()};
}

void AddTextList(std::string_view name, const std::optional<std::vector<std::string>>& texts,
                 BatchBuilder& batch) {
  if (!texts) return;
  ColumnBuilder column = ColumnBuilder::Lists(name, "element", NANOARROW_TYPE_STRING);
  for (const std::string& text : *texts) AppendBytes(text, column.child(0));
  column.FinishElement();
  batch.Add(std::move(column));
}

// Features must not be null where the version lists them.
std::optional<std::vector<std::string>> Features(
    const std::optional<std::vector<std::string>>& features, bool is_listed) {
  if (!features && is_listed) return std::vector<std::string>();
  return features;
}

}  // namespace

RecordBatch AddRows(const std::vector<AddFile>& actions, const CheckpointForm& form) {
  const std::vector<const AddFile*> pointers = Pointers(actions);
  const auto num_rows = static_cast<int64_t>(actions.size());
  Rows<AddFile> rows(pointers);
  rows.Texts("path", &AddFile::path);
  rows.Maps("partitionValues", &AddFile::partition_values);
  rows.Numbers("size", &AddFile::size);
  rows.Numbers("modificationTime", &AddFile::modification_time);
  rows.False("dataChange");
  rows.Maps("tags", &AddFile::tags);
  rows.Vectors(&AddFile::deletion_vector, form.add_vector);
  rows.Numbers("baseRowId", &AddFile::base_row_id);
  rows.Numbers("defaultRowCommitVersion", &AddFile::default_row_commit_version);
  rows.Texts("clusteringProvider", &AddFile::clustering_provider);
  const StatisticsForms& statistics = form.statistics;
  if (statistics.has_texts) rows.Texts("stats", &AddFile::stats);
  if (statistics.has_types) {
    rows.batch().AddStruct("stats_parsed",
                           TypeStatistics(statistics.columns, num_rows, [&](int64_t row) {
                             const std::optional<std::string>& text = actions[row].stats;
                             return text ? std::string_view(*text) : std::string_view();
                           }));
  }
  if (statistics.has_types && !statistics.partition_columns.empty()) {
    const auto text = [&](int64_t row, size_t column) -> std::optional<std::string_view> {
      const NullableTexts& values = actions[row].partition_values;
      const auto found = values.find(statistics.partition_columns[column].name);
      if (found == values.end() || !found->second) return std::nullopt;
      return *found->second;
    };
    rows.batch().AddStruct("partitionValues_parsed",
                           ParsePartitionValues(statistics.partition_columns, num_rows, text));
  }
  rows.Unknown(&AddFile::unknown_members, form.add);
  return rows.Finish("add");
}

RecordBatch RemoveRows(const std::vector<RemoveFile>& actions, const CheckpointForm& form) {
  const std::vector<const RemoveFile*> pointers = Pointers(actions);
  Rows<RemoveFile> rows(pointers);
  rows.Texts("path", &RemoveFile::path);
  rows.Numbers("deletionTimestamp", &RemoveFile::deletion_timestamp);
  rows.False("dataChange");
  rows.Truths("extendedFileMetadata", &RemoveFile::extended_file_metadata);
  rows.Maps("partitionValues", &RemoveFile::partition_values);
  rows.Numbers("size", &RemoveFile::size);
  rows.Vectors(&RemoveFile::deletion_vector, form.remove_vector);
  rows.Numbers("baseRowId", &RemoveFile::base_row_id);
  rows.Numbers("defaultRowCommitVersion", &RemoveFile::default_row_commit_version);
  rows.Unknown(&RemoveFile::unknown_members, form.remove);
  return rows.Finish("remove");
}

RecordBatch ProtocolRow(const Protocol& protocol, const CheckpointForm& form) {
  const std::vector<const Protocol*> actions = {&protocol};
  Rows<Protocol> rows(actions);
  rows.batch().AddInt64("minReaderVersion", {protocol.min_reader_version});
  rows.batch().AddInt64("minWriterVersion", {protocol.min_writer_version});
  AddTextList(
      "readerFeatures",
      Features(protocol.reader_features, protocol.min_reader_version >= kReaderVersionWithFeatures),
      rows.batch());
  AddTextList(
      "writerFeatures",
      Features(protocol.writer_features, protocol.min_writer_version >= kWriterVersionWithFeatures),
      rows.batch());
  rows.Unknown(&Protocol::unknown_members, form.protocol);
  return rows.Finish("protocol");
}

RecordBatch MetadataRow(const Metadata& metadata, const CheckpointForm& form) {
  struct Format {
    std::string provider;
    NullableTexts options;
    UnknownMembers unknown_members;
  };
  const Format format{metadata.format_provider, Nullable(metadata.format_options),
                      metadata.unknown_format_members};
  const std::vector<const Format*> formats = {&format};
  Rows<Format> format_row(formats);
  format_row.Texts("provider", &Format::provider);
  format_row.Maps("options", &Format::options);
  format_row.Unknown(&Format::unknown_members, form.format);

  struct Settings {
    NullableTexts configuration;
  };
  const Settings settings{Nullable(metadata.configuration)};
  const std::vector<const Settings*> of_settings = {&settings};
  Rows<Settings> settings_row(of_settings);
  settings_row.Maps("configuration", &Settings::configuration);

  const std::vector<const Metadata*> actions = {&metadata};
  Rows<Metadata> rows(actions);
  rows.Texts("id", &Metadata::id);
  rows.Texts("name", &Metadata::name);
  rows.Texts("description", &Metadata::description);
  rows.batch().AddStruct("format", format_row.batch().Finish());
  rows.Texts("schemaString", &Metadata::schema_string);
  AddTextList("partitionColumns", metadata.partition_columns, rows.batch());
  rows.batch().AddColumns(settings_row.batch().Finish());
  rows.Numbers("createdTime", &Metadata::created_time);
  rows.Unknown(&Metadata::unknown_members, form.metadata);
  return rows.Finish("metaData");
}

RecordBatch TransactionRows(const std::vector<const SetTransaction*>& actions,
                            const CheckpointForm& form) {
  Rows<SetTransaction> rows(actions);
  rows.Texts("appId", &SetTransaction::app_id);
  rows.Numbers("version", &SetTransaction::version);
  rows.Numbers("lastUpdated", &SetTransaction::last_updated);
  rows.Unknown(&SetTransaction::unknown_members, form.transaction);
  return rows.Finish("txn");
}

RecordBatch DomainRows(const std::vector<const DomainMetadata*>& actions,
                       const CheckpointForm& form) {
  Rows<DomainMetadata> rows(actions);
  rows.Texts("domain", &DomainMetadata::domain);
  rows.Texts("configuration", &DomainMetadata::configuration);
  rows.False("removed");
  rows.Unknown(&DomainMetadata::unknown_members, form.domain);
  return rows.Finish("domainMetadata");
}

RecordBatch CheckpointMetadataRow(int64_t version) {
  BatchBuilder row(1), outer(1);
  row.AddInt64("version", {version});
  outer.AddStruct("checkpointMetadata", row.Finish());
  return outer.Finish();
}

RecordBatch SidecarRows(const std::vector<Sidecar>& actions) {
  const std::vector<const Sidecar*> pointers = Pointers(actions);
  Rows<Sidecar> rows(pointers);
  rows.Texts("path", &Sidecar::path);
  rows.Numbers("sizeInBytes", &Sidecar::size);
  rows.Numbers("modificationTime", &Sidecar::modification_time);
  return rows.Finish("sidecar");
}

}  // namespace deltaic::delta
