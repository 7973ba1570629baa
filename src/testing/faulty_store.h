#pragma once

// A store in memory whose requests a test lets fail, for unit tests of what must survive that. Safe
// to share between threads.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/object_store.h>

namespace deltaic::testing {

/// The verbs of `ObjectStore` that count as requests. `GetMany` is one `kGet` for each object, and
/// `DeleteMany` one `kDelete`; a page of `ListBelow` is one `kListBelow`.
enum class Verb : uint8_t {
  kGet,
  kGetRange,
  kHead,
  kList,
  kListBelow,
  kListFolders,
  kPutIfAbsent,
  kPut,
  kAppend,  ///< To an object that is written piece by piece.
  kFinish,
  kAbort,
  kDelete,
};

/// A request that a store was asked.
struct Request {
  Verb verb;
  std::string location;

  bool operator==(const Request&) const = default;
};

/// What befalls a request.
struct Fault {
  enum class Kind : uint8_t {
    kFail,        ///< Nothing happens, and an error of `code` is thrown.
    kLoseAnswer,  ///< It happens, and an error of `code` is thrown nonetheless.
    /// Half of the bytes are written or read, half of the objects listed. A torn write throws, a
    /// torn read or listing does not. What has no halves fails.
    kTear,
    kDuplicate,  ///< It happens twice; the answer is that of the second time.
    kDelay,      ///< It happens after `delay`.
  };

  Kind kind = Kind::kFail;
  ErrorCode code = ErrorCode::kIo;
  std::chrono::milliseconds delay{0};
  std::function<void()> before = {};  ///< Called before the request, whatever the kind.
};

/// A store in memory of its own, and the faults of its requests. Copies share both.
class FaultyStore {
 public:
  FaultyStore();

  /// The store; what reads Parquet through it meets no faults.
  const datafusion::ObjectStore& store() const { return store_; }

  /// Lets the `nth` request of a verb from now on meet a fault, counting from 1; with a
  /// `location`, the `nth` one whose location ends with that text.
  void At(int nth, Verb verb, Fault fault, std::string_view location = "");

  /// All requests so far, in order.
  std::vector<Request> requests() const;

  /// How many requests of a verb there were.
  int count(Verb verb) const;

  class Script;

 private:
  std::shared_ptr<Script> script_;
  datafusion::ObjectStore store_;
};

}  // namespace deltaic::testing
