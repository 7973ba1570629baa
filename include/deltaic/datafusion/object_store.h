#pragma once

// Object stores: local folders, memory, S3, Azure, GCS and HTTP through one handle (the crate
// object_store). Locations are relative to the store's root URL and are plain text: they hold
// the object's real name, not a percent-encoded one.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/base/options.h>
#include <deltaic/datafusion/object_writer.h>

namespace deltaic::datafusion {

/// What a listing or a head request tells about an object.
struct ObjectMeta {
  std::string location;          ///< Relative to the store's root.
  int64_t size = 0;              ///< Bytes.
  int64_t last_modified_ms = 0;  ///< Milliseconds since the Unix epoch.
};

/// Bytes of an object. Immutable and cheap to copy; the view is valid as long as the object.
class DELTAIC_EXPORT Bytes {
 public:
  Bytes() = default;
  Bytes(std::shared_ptr<const void> owner, std::string_view view)
      : owner_(std::move(owner)), view_(view) {}
  std::string_view view() const { return view_; }
  size_t size() const { return view_.size(); }

 private:
  std::shared_ptr<const void> owner_;
  std::string_view view_;
};

/// A listing in pages, of which one is in memory. A linear resource of one thread at a time.
class DELTAIC_EXPORT ObjectListing {
 public:
  ObjectListing() = default;
  virtual ~ObjectListing() = default;
  ObjectListing(const ObjectListing&) = delete;
  ObjectListing& operator=(const ObjectListing&) = delete;

  /// Returns the next objects; none at the end. Errors are those of `ObjectStore`.
  virtual std::vector<ObjectMeta> Next() = 0;
};

/// A store rooted at a URL. Immutable handle, cheap to copy, safe to share between threads.
///
/// Every call blocks and obeys the thread's `CancelScope`. Errors: `kFileNotFound` for a missing
/// object, `kAlreadyExists`, `kPermissionDenied`, `kIo`, each naming the location and never a
/// credential.
class DELTAIC_EXPORT ObjectStore {
 public:
  /// Opens the store that `url` names and roots it there.
  ///
  /// `url` is a local path (absolute or relative to the working directory), or a URL of the schemes
  /// file, memory, s3, s3a, gs, az, adl, azure, abfs, abfss, http, https. `memory://name/…` is one
  /// store per name in the process. A leading "~" of a path is the home directory.
  ///
  /// `options` are storage options as `deltalake` takes them (`AWS_REGION`, `aws_access_key_id`,
  /// `allow_http`, `max_retries`, …), in any case: docs/storage_options.md lists them. What is not
  /// given comes from environment variables, then from the AWS profile. An option that this store
  /// has no use for but another kind of store has is passed over, so that one set of options serves
  /// all. Nothing is written, and nothing but the files of AWS profiles is read. Throws
  /// `kInvalidArgument` for an unknown scheme, a malformed URL, an option that no store knows, and
  /// a value that does not fit its option.
  ///
  /// Links in a local folder lead out of it only into the folders of `linked`.
  static ObjectStore Open(std::string_view url, const Options& options = {},
                          const std::vector<ObjectStore>& linked = {});

  /// Whether a store of any kind knows the storage option, in any case.
  static bool IsOption(std::string_view key);

  /// Returns the names of storage options, in lower case.
  static std::vector<std::string_view> OptionNames();

  /// Returns `base` with `changes` over it, whatever spellings both use. Credentials of `base` do
  /// not count where `changes` hold complete ones.
  static Options OverrideOptions(const Options& base, const Options& changes);

  /// What the options and the environment say to writers (`aws_s3_locking_provider`,
  /// `aws_s3_allow_unsafe_rename`, `delta_dynamo_table_name`, …), by canonical names in lower case
  /// and with the values as given. A writer must refuse what it cannot honour.
  const Options& writer_options() const;

  /// The root as a URL with a trailing slash, without user info and query.
  const std::string& url() const;

  /// The prefix of a location in an object's full name: the absolute local path with a
  /// trailing slash, or `url()` where the store is not local.
  const std::string& root() const;

  /// The root as people write it, for messages: the absolute local path, or the URL without
  /// escapes; without a trailing slash.
  std::string name() const;

  /// Whether its objects are files of this system, which are cheap to open and to read.
  bool is_local() const;

  /// Whether the store can list; plain HTTP servers cannot.
  bool can_list() const;

  /// Reads a whole object.
  Bytes Get(std::string_view location) const;

  /// Reads `length` bytes from `offset` on; `kCorruptData` where the object is shorter.
  Bytes GetRange(std::string_view location, int64_t offset, int64_t length) const;

  /// Reads many whole objects concurrently; the result has the order of `locations`. Fails as
  /// a whole with the first error.
  std::vector<Bytes> GetMany(const std::vector<std::string>& locations) const;

  /// Describes an object, or nothing where there is none.
  std::optional<ObjectMeta> Head(std::string_view location) const;

  /// Lists the objects directly in folder `prefix` ("" = root), sorted by location. With
  /// `start_after`, only those whose location is greater than that text (a full location).
  /// A folder that does not exist has none. Throws `kNotImplemented` where `can_list()` is false.
  std::vector<ObjectMeta> List(std::string_view prefix, std::string_view start_after = {}) const;

  /// Lists the objects in folder `prefix` ("" = root) and below it, in no stated order. With
  /// `start_after`, only those whose location is greater than that text (a full location); the
  /// store is asked for all, since servers differ in what comes after a location. Links between
  /// local folders are not followed. A folder that does not exist has none. Throws as `List`.
  std::unique_ptr<ObjectListing> ListBelow(std::string_view prefix,
                                           std::string_view start_after = {}) const;

  /// Whether an object is in folder `prefix` ("" = root) or below it. Throws as `List`.
  bool HasObjects(std::string_view prefix) const;

  /// Lists the names of the folders directly in folder `prefix` ("" = root), sorted: what has an
  /// object below it. Throws `kNotImplemented` where `can_list()` is false.
  std::vector<std::string> ListFolders(std::string_view prefix) const;

  /// Writes an object only if there is none: true if written, false if one was there. Of several
  /// writers one at most gets true. Nobody sees a part of the object, and what is written to a
  /// local folder is on the disk.
  ///
  /// An answer can be lost. An error leaves open whether the object was written, or will be; and
  /// false may tell of the object that a first attempt of this very call wrote, since a store asks
  /// again by itself. Who must know compares the object with the bytes.
  bool PutIfAbsent(std::string_view location, std::string_view bytes) const;

  /// Writes an object, replacing one that is there. Nobody sees a part of it, and what is written
  /// to a local folder is on the disk. An error leaves open which of both objects is there.
  void Put(std::string_view location, std::string_view bytes) const;

  /// Starts an object that is too large for memory, or whose end is not known yet; as `Put`
  /// otherwise.
  std::unique_ptr<ObjectWriter> OpenWriter(std::string_view location) const;

  /// Copies an object only if there is none at `to`, with the answer of `PutIfAbsent`. For small
  /// objects: the bytes pass through this process, since not every store can do that itself.
  bool CopyIfAbsent(std::string_view from, std::string_view to) const;

  /// Removes an object; removing a missing one is no error.
  void Delete(std::string_view location) const;

  /// Removes many objects, by few requests where the store can; removing missing ones is no error.
  /// Goes on where one cannot be removed, and throws the first error at the end.
  void DeleteMany(const std::vector<std::string>& locations) const;

  class Impl;
  explicit ObjectStore(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  const Impl& impl() const { return *impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace deltaic::datafusion
