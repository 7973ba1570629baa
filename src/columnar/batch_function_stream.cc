#include "columnar/batch_function_stream.h"

#include <cerrno>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include <deltaic/base/error.h>

#include "base/error_text.h"

namespace deltaic {
namespace {

// What an Arrow C stream keeps.
struct State {
  Schema schema;
  std::function<std::optional<RecordBatch>()> next;
  std::string error;
};

State& StateOf(ArrowArrayStream* stream) { return *static_cast<State*>(stream->private_data); }

// Runs a step; its error is told by text, as C streams do.
template <typename Step>
int Guarded(ArrowArrayStream* stream, const Step& step) noexcept {
  State& state = StateOf(stream);
  try {
    step(state);
    return 0;
  } catch (const Error& error) {
    state.error = EncodeError(error);
    return EIO;
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  } catch (const std::exception& error) {
    state.error = error.what();
    return EIO;
  }
}

int GetSchema(ArrowArrayStream* stream, ArrowSchema* out) {
  return Guarded(stream, [&](State& state) { state.schema.Export(out); });
}

int GetNext(ArrowArrayStream* stream, ArrowArray* out) {
  return Guarded(stream, [&](State& state) {
    *out = ArrowArray{};
    if (const std::optional<RecordBatch> batch = state.next()) batch->Export(out);
  });
}

const char* GetLastError(ArrowArrayStream* stream) {
  const std::string& error = StateOf(stream).error;
  return error.empty() ? nullptr : error.c_str();
}

void ReleaseStream(ArrowArrayStream* stream) {
  delete static_cast<State*>(stream->private_data);
  stream->release = nullptr;
}

}  // namespace

RecordBatchStream StreamOf(Schema schema, std::function<std::optional<RecordBatch>()> next) {
  ArrowArrayStream stream{.get_schema = GetSchema,
                          .get_next = GetNext,
                          .get_last_error = GetLastError,
                          .release = ReleaseStream,
                          .private_data = new State{std::move(schema), std::move(next), {}}};
  return RecordBatchStream::Import(&stream);
}

}  // namespace deltaic
