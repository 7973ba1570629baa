#include "datafusion/writing/parquet_encoder.h"

#include <utility>

#include <fmt/format.h>

#include "base/version.h"
#include "datafusion/bridge_call.h"

namespace deltaic::datafusion {
namespace {

std::string_view View(const rust::Vec<uint8_t>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

struct ParquetEncoder::Impl {
  rust::Box<bridge::ParquetEncoder> encoder;
  rust::Vec<uint8_t> bytes = {};
};

ParquetEncoder::ParquetEncoder(const Schema& schema, const ParquetSettings& settings) {
  impl_ = Call([&] {
    OutgoingSchema of_file(schema);
    const bridge::EncoderSettings wanted{fmt::format("deltaic {}", Version()), settings.compression,
                                         static_cast<size_t>(settings.row_group_rows),
                                         ToRust(settings.plain_columns)};
    return std::make_unique<Impl>(Impl{bridge::new_parquet_encoder(of_file.get(), wanted)});
  });
}

ParquetEncoder::ParquetEncoder(ParquetEncoder&&) noexcept = default;
ParquetEncoder::~ParquetEncoder() = default;

void ParquetEncoder::Write(const RecordBatch& batch,
                           std::optional<std::span<const uint32_t>> rows) {
  Call([&] {
    OutgoingBatch given(batch);
    const std::span<const uint32_t> chosen = rows.value_or(std::span<const uint32_t>());
    impl_->encoder->write(given.schema(), given.array(), !rows.has_value(),
                          {chosen.data(), chosen.size()});
  });
}

std::string_view ParquetEncoder::Take() {
  impl_->bytes = Call([&] { return impl_->encoder->take(); });
  return View(impl_->bytes);
}

std::string_view ParquetEncoder::Finish() {
  impl_->bytes = Call([&] { return impl_->encoder->finish(); });
  return View(impl_->bytes);
}

}  // namespace deltaic::datafusion
