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
using datafusion::ObjectMeta;
using datafusion::ObjectStore;

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

class Faulty final : public ObjectStore::Impl {
 public:
  Faulty(const ObjectStore& inner, std::shared_ptr<FaultyStore::Script> script)
      : Impl({.url = inner.url(), .root = inner.root(), .name = inner.name()}),
        inner_(inner),
        script_(std::move(script)) {}

  bool can_list() const override { return inner_.can_list(); }

  Bytes Get(std::string_view location) const override {
    return Read(Verb::kGet, location, [&] { return inner_.Get(location); });
  }

  Bytes GetRange(std::string_view location, int64_t offset, int64_t length) const override {
    return Read(Verb::kGetRange, location,
                [&] { return inner_.GetRange(location, offset, length); });
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
    return Do(Verb::kList, prefix, [&] { return inner_.List(prefix, start_after); });
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

  const bridge::Store& engine() const override { return inner_.impl().engine(); }

 private:
  using Kind = Fault::Kind;

  // `tear` does a part of a write.
  template <typename Run>
  auto Do(Verb verb, std::string_view location, const Run& run,
          const std::function<void()>& tear = {}) const -> decltype(run()) {
    const std::optional<Fault> fault = script_->Next(verb, location);
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

  template <typename Run>
  Bytes Read(Verb verb, std::string_view location, const Run& run) const {
    const std::optional<Fault> fault = script_->Next(verb, location);
    if (!fault) return run();
    if (fault->before) fault->before();
    if (fault->kind == Kind::kFail || fault->kind == Kind::kLoseAnswer) Throw(*fault, location);
    if (fault->kind == Kind::kDelay) std::this_thread::sleep_for(fault->delay);
    Bytes bytes = run();
    if (fault->kind != Kind::kTear) return bytes;
    const std::string_view half = bytes.view().substr(0, bytes.size() / 2);
    return {std::make_shared<const Bytes>(std::move(bytes)), half};
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
