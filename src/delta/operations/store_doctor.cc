#include <deltaic/delta/operations/store_doctor.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <exception>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>
#include <fmt/format.h>

#include "base/uuid.h"

namespace deltaic::delta {
namespace {

using datafusion::ObjectStore;

class Doctor {
 public:
  Doctor(const ObjectStore& store, const DoctorOptions& options)
      : store_(store), options_(options), folder_("_deltaic_doctor_" + NewUuid()) {}

  ~Doctor() {
    try {
      store_.DeleteMany(made_);
    } catch (const std::exception&) {  // What is left is in a folder that nothing reads.
    }
  }

  StoreReport Run() {
    const std::string first = NewObject();
    // A store that cannot be written at all throws here.
    Add("An object is made where there was none", store_.PutIfAbsent(first, "1"), "");
    Add("An object that is there is not made again", !store_.PutIfAbsent(first, "2"), "");
    Add("It keeps its bytes", store_.Get(first).view() == "1", "");
    CheckListing(first);
    CheckReplacing();
    Race();
    return std::move(report_);
  }

 private:
  std::string NewObject() {
    made_.push_back(fmt::format("{}/{:04}.json", folder_, made_.size()));
    return made_.back();
  }

  void Add(std::string name, bool passed, std::string detail) {
    report_.checks.push_back({std::move(name), passed, std::move(detail)});
  }

  void CheckListing(const std::string& made) {
    if (!store_.can_list()) {
      Add("Objects can be listed", false, "The store cannot list.");
      return;
    }
    const std::vector<datafusion::ObjectMeta> listed = store_.List(folder_);
    const bool is_listed =
        std::ranges::any_of(listed, [&](const auto& meta) { return meta.location == made; });
    Add("An object is listed as soon as it is made", is_listed, "");
  }

  void CheckReplacing() {
    const std::string object = NewObject();
    store_.Put(object, "old");
    store_.Put(object, "new");
    Add("An object that is replaced reads as the new one", store_.Get(object).view() == "new", "");
    store_.Delete(object);
    Add("An object that is removed is gone", !store_.Head(object), "");
  }

  // Of writers that start together one must win, and its bytes must stay.
  void Race() {
    int without_winner = 0;
    int several_winners = 0;
    int other_bytes = 0;
    for (int round = 0; round < options_.rounds; ++round) {
      ThrowIfCancelled();
      const std::string object = NewObject();
      std::atomic<int> winners = 0;
      std::atomic<int> winner = -1;
      std::atomic<int> failures = 0;
      std::barrier start(options_.writers);
      {
        std::vector<std::jthread> writers;
        for (int writer = 0; writer < options_.writers; ++writer) {
          writers.emplace_back([&, writer] {
            start.arrive_and_wait();
            try {
              if (!store_.PutIfAbsent(object, fmt::format("{}", writer))) return;
              winners += 1;
              winner = writer;
            } catch (const std::exception&) {
              failures += 1;  // Whether it won is not known.
            }
          });
        }
      }
      if (winners > 1) ++several_winners;
      if (winners == 0 && failures == 0) ++without_winner;
      if (winners == 1 && store_.Get(object).view() != fmt::format("{}", winner.load())) {
        ++other_bytes;
      }
    }
    const auto of_rounds = [&](int bad) {
      return bad == 0 ? std::string() : fmt::format("{} of {} races", bad, options_.rounds);
    };
    Add("Of several writers one at most makes the object", several_winners == 0,
        of_rounds(several_winners));
    Add("One of them does", without_winner == 0, of_rounds(without_winner));
    Add("The object is the winner's", other_bytes == 0, of_rounds(other_bytes));
  }

  const ObjectStore& store_;
  const DoctorOptions options_;
  const std::string folder_;
  std::vector<std::string> made_;
  StoreReport report_;
};

}  // namespace

bool StoreReport::is_safe() const {
  return std::ranges::all_of(checks, [](const StoreCheck& check) { return check.passed; });
}

StoreReport CheckStore(const ObjectStore& store, const DoctorOptions& options) {
  if (options.rounds < 1 || options.writers < 2) {
    throw Error(ErrorCode::kInvalidArgument, "A race needs a round and two writers.");
  }
  return Doctor(store, options).Run();
}

}  // namespace deltaic::delta
