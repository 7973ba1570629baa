#include <deltaic/columnar/record_batch.h>

#include <utility>
#include <vector>

#include <nanoarrow/nanoarrow.h>

namespace deltaic {
namespace {

using SharedArray = std::shared_ptr<const ArrowArray>;

SharedArray Own(ArrowArray* array) {
  return {new ArrowArray(std::exchange(*array, ArrowArray{})), [](ArrowArray* owned) {
            if (owned->release != nullptr) owned->release(owned);
            delete owned;
          }};
}

SharedArray MakeEmpty() {
  ArrowArray array{};
  if (ArrowArrayInitFromType(&array, NANOARROW_TYPE_STRUCT) != NANOARROW_OK ||
      ArrowArrayFinishBuildingDefault(&array, nullptr) != NANOARROW_OK) {
    throw std::bad_alloc();
  }
  return Own(&array);
}

// What an exported node owns: a share of the batch, and its own copies of the pointer tables,
// since a consumer may move children out of them.
struct SharedNode {
  SharedArray batch;
  std::vector<const void*> buffers;
  std::vector<ArrowArray> child_nodes;
  std::vector<ArrowArray*> children;
  ArrowArray dictionary{};
};

void ReleaseShared(ArrowArray* array) {
  auto* node = static_cast<SharedNode*>(array->private_data);
  for (ArrowArray& child : node->child_nodes) {
    if (child.release != nullptr) child.release(&child);
  }
  if (node->dictionary.release != nullptr) node->dictionary.release(&node->dictionary);
  delete node;
  array->release = nullptr;
}

void ExportShared(const SharedArray& batch, const ArrowArray& source, ArrowArray* out) {
  auto node = std::make_unique<SharedNode>();
  node->batch = batch;
  node->buffers.assign(source.buffers, source.buffers + source.n_buffers);
  node->child_nodes.resize(source.n_children);
  for (int64_t i = 0; i < source.n_children; ++i) {
    ExportShared(batch, *source.children[i], &node->child_nodes[i]);
    node->children.push_back(&node->child_nodes[i]);
  }
  if (source.dictionary != nullptr) ExportShared(batch, *source.dictionary, &node->dictionary);
  *out = source;
  out->buffers = node->buffers.data();
  out->children = node->children.data();
  out->dictionary = source.dictionary != nullptr ? &node->dictionary : nullptr;
  out->release = &ReleaseShared;
  out->private_data = node.release();
}

}  // namespace

RecordBatch::RecordBatch() {
  static const SharedArray empty = MakeEmpty();
  array_ = empty;
}

RecordBatch RecordBatch::Import(Schema schema, ArrowArray* array) {
  RecordBatch batch;
  batch.schema_ = std::move(schema);
  batch.array_ = Own(array);
  return batch;
}

void RecordBatch::Export(ArrowArray* out) const { ExportShared(array_, *array_, out); }

}  // namespace deltaic
