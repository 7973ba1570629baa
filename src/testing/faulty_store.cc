#include "testing/faulty_store.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "datafusion/object_store_impl.h"

namespace deltaic::testing {
namespace {

using datafusion::Bytes;
using datafusion::ObjectListing;
using datafusion::ObjectMeta;
using datafusion::ObjectStore;
using datafusion::ObjectWriter;

ObjectStore OpenMemory() {
  static std::atomic<int> stores = 0;
  return ObjectStore::Open(fmt::format("memory://faulty_store_{}/t", ++stores));
}

[[noreturn]] void Throw(const Fault& fault, std::string_view location) {
  throw Error(fault.code, fmt::format("A test lets this request fail: {}", location));
}

}  // namespace

// The faults to come and the requests so far.
class FaultyStore::Script {
 public:
  void Add(int nth, Verb verb, Fault fault, std::string_view location) {
    const std::lock_guard lock(mutex_);
    planned_.push_back({nth, verb, std::string(location), std::move(fault)});
  }

  // The fault of a request, which is counted.
  std::optional<Fault> Next(Verb verb, std::string_view location) {
    const std::lock_guard lock(mutex_);
    requests_.push_back({verb, std::string(location)});
    std::optional<Fault> found;
    for (Planned& planned : planned_) {
      const bool concerns = planned.verb == verb && location.ends_with(planned.location);
      if (concerns && --planned.left == 0 && !found) found = planned.fault;
    }
    std::erase_if(planned_, [](const Planned& planned) { return planned.left <= 0; });
    return found;
  }

  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  struct Planned {
    int left;
    Verb verb;
    std::string location;
    Fault fault;
  };

  mutable std::mutex mutex_;
  std::vector<Planned> planned_;
  std::vector<Request> requests_;
};

namespace {

using Kind = Fault::Kind;

// Runs a request, or what its fault makes of it. `tear` does a part of a write.
template <typename Run>
auto Do(FaultyStore::Script& script, Verb verb, std::string_view location, const Run& run,
        const std::function<void()>& tear = {}) -> decltype(run()) {
  const std::optional<Fault> fault = script.Next(verb, location);
  if (!fault) return run();
  if (fault->before) fault->before();
  switch (fault->kind) {
    case Kind::kFail:
      break;
    case Kind::kLoseAnswer:
      static_cast<void>(run());
      break;
    case Kind::kTear:
      if (tear) tear();
      break;
    case Kind::kDuplicate:
      static_cast<void>(run());
      return run();
    case Kind::kDelay:
      std::this_thread::sleep_for(fault->delay);
      return run();
  }
  Throw(*fault, location);
}

// As `Do`, for requests whose torn answer is `half` of the whole one.
template <typename Run, typename Half>
auto Read(FaultyStore::Script& script, Verb verb, std::string_view location, const Run& run,
          const Half& half) -> decltype(run()) {
  const std::optional<Fault> fault = script.Next(verb, location);
  if (!fault) return run();
  if (fault->before) fault->before();
  if (fault->kind == Kind::kFail || fault->kind == Kind::kLoseAnswer) Throw(*fault, location);
  if (fault->kind == Kind::kDelay) std::this_thread::sleep_for(fault->delay);
  if (fault->kind == Kind::kTear) return half(run());
  return run();
}

Bytes HalfOfBytes(Bytes bytes) {
  const std::string_view half = bytes.view().substr(0, bytes.size() / 2);
  return {std::make_shared<const Bytes>(std::move(bytes)), half};
}

std::vector<ObjectMeta> HalfOfObjects(std::vector<ObjectMeta> objects) {
  objects.resize(objects.size() / 2);
  return objects;
}

class FaultyListing final : public ObjectListing {
 public:
  FaultyListing(std::unique_ptr<ObjectListing> inner, std::shared_ptr<FaultyStore::Script> script,
                std::string_view prefix)
      : inner_(std::move(inner)), script_(std::move(script)), prefix_(prefix) {}

  std::vector<ObjectMeta> Next() override {
    return Read(
        *script_, Verb::kListBelow, prefix_, [&] { return inner_->Next(); }, HalfOfObjects);
  }

 private:
  const std::unique_ptr<ObjectListing> inner_;
  const std::shared_ptr<FaultyStore::Script> script_;
  const std::string prefix_;
};

// An error gives the object up, unless its answer is what was lost.
class FaultyWriter final : public ObjectWriter {
 public:
  FaultyWriter(std::unique_ptr<ObjectWriter> inner, std::shared_ptr<FaultyStore::Script> script,
               std::string_view location)
      : inner_(std::move(inner)), script_(std::move(script)), location_(location) {}

  void Append(std::string_view bytes) override {
    OrGiveUp([&] {
      Do(
          *script_, Verb::kAppend, location_, [&] { inner_->Append(bytes); },
          [&] { inner_->Append(bytes.substr(0, bytes.size() / 2)); });
    });
  }

  void Finish() override {
    OrGiveUp([&] { Do(*script_, Verb::kFinish, location_, [&] { inner_->Finish(); }); });
  }

  void Abort() override {
    Do(*script_, Verb::kAbort, location_, [&] { inner_->Abort(); });
  }

 private:
  void OrGiveUp(const std::function<void()>& run) {
    try {
      run();
    } catch (const Error&) {
      inner_->Abort();
      throw;
    }
  }

  const std::unique_ptr<ObjectWriter> inner_;
  const std::shared_ptr<FaultyStore::Script> script_;
  const std::string location_;
};

class Faulty final : public ObjectStore::Impl {
 public:
  Faulty(const ObjectStore& inner, std::shared_ptr<FaultyStore::Script> script)
      : Impl({.url = inner.url(), .root = inner.root(), .name = inner.name()}),
        inner_(inner),
        script_(std::move(script)) {}

  bool can_list() const override { return inner_.can_list(); }

  Bytes Get(std::string_view location) const override {
    return Read(
        Verb::kGet, location, [&] { return inner_.Get(location); }, HalfOfBytes);
  }

  Bytes GetRange(std::string_view location, int64_t offset, int64_t length) const override {
    return Read(
        Verb::kGetRange, location, [&] { return inner_.GetRange(location, offset, length); },
        HalfOfBytes);
  }

  std::vector<Bytes> GetMany(const std::vector<std::string>& locations) const override {
    std::vector<Bytes> all;
    all.reserve(locations.size());
    for (const std::string& location : locations) all.push_back(Get(location));
    return all;
  }

  std::optional<ObjectMeta> Head(std::string_view location) const override {
    return Do(Verb::kHead, location, [&] { return inner_.Head(location); });
  }

  std::vector<ObjectMeta> List(std::string_view prefix,
                               std::string_view start_after) const override {
    return Read(
        Verb::kList, prefix, [&] { return inner_.List(prefix, start_after); }, HalfOfObjects);
  }

  std::unique_ptr<ObjectListing> ListBelow(std::string_view prefix,
                                           std::string_view start_after) const override {
    return std::make_unique<FaultyListing>(inner_.ListBelow(prefix, start_after), script_, prefix);
  }

  bool HasObjects(std::string_view prefix) const override {
    return Do(Verb::kList, prefix, [&] { return inner_.HasObjects(prefix); });
  }

  std::vector<std::string> ListFolders(std::string_view prefix) const override {
    return Do(Verb::kListFolders, prefix, [&] { return inner_.ListFolders(prefix); });
  }

  bool PutIfAbsent(std::string_view location, std::string_view bytes) const override {
    return Do(
        Verb::kPutIfAbsent, location, [&] { return inner_.PutIfAbsent(location, bytes); },
        [&] { inner_.Put(location, bytes.substr(0, bytes.size() / 2)); });
  }

  void Put(std::string_view location, std::string_view bytes) const override {
    Do(
        Verb::kPut, location, [&] { inner_.Put(location, bytes); },
        [&] { inner_.Put(location, bytes.substr(0, bytes.size() / 2)); });
  }

  void Delete(std::string_view location) const override {
    Do(Verb::kDelete, location, [&] { inner_.Delete(location); });
  }

  std::unique_ptr<ObjectWriter> OpenWriter(std::string_view location) const override {
    return std::make_unique<FaultyWriter>(inner_.OpenWriter(location), script_, location);
  }

  void DeleteMany(const std::vector<std::string>& locations) const override {
    std::optional<Error> first;
    for (const std::string& location : locations) {
      try {
        Delete(location);
      } catch (const Error& error) {
        if (!first) first = error;
      }
    }
    if (first) throw Error(*first);
  }

  const bridge::Store& engine() const override { return inner_.impl().engine(); }

 private:
  template <typename Run>
  auto Do(Verb verb, std::string_view location, const Run& run,
          const std::function<void()>& tear = {}) const -> decltype(run()) {
    return testing::Do(*script_, verb, location, run, tear);
  }

  template <typename Run, typename Half>
  auto Read(Verb verb, std::string_view location, const Run& run, const Half& half) const
      -> decltype(run()) {
    return testing::Read(*script_, verb, location, run, half);
  }

  const ObjectStore inner_;
  const std::shared_ptr<FaultyStore::Script> script_;
};

}  // namespace

FaultyStore::FaultyStore()
    : script_(std::make_shared<Script>()),
      store_(std::make_shared<const Faulty>(OpenMemory(), script_)) {}

void FaultyStore::At(int nth, Verb verb, Fault fault, std::string_view location) {
  script_->Add(nth, verb, std::move(fault), location);
}

std::vector<Request> FaultyStore::requests() const { return script_->requests(); }

int FaultyStore::count(Verb verb) const {
  const std::vector<Request> all = requests();
  return static_cast<int>(std::ranges::count(all, verb, &Request::verb));
}

}  // namespace deltaic::testing
