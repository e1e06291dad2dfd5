// Winograd items: how large they are.
#include "algorithms/winograd_items.h"

#include <algorithm>

namespace nnconv {
namespace {

constexpr Index data_bytes = Index(1) << 19;       // of a worker's transformed data, if possible
constexpr Index kept_data_bytes = Index(6) << 20;  // of all transformed data, if they are kept
constexpr Index most_sites = 96;

}  // namespace

// Chooses items whose transformed data stay in the cache, that fill whole kernel tiles of 6 and
// of 8 sites where a site is one image's, and that leave some for every thread.
WinogradItems::WinogradItems(const SpanTiles& span, const WinogradExtent& extent) {
  const Index cell = extent.cell_bytes, batch = extent.batch;
  images = batch;
  if (images * cell > 2 * data_bytes) {
    images = std::max(data_bytes / cell / extent.images * extent.images, extent.images);
    images = std::min(images, batch);
  }
  const Index sites = divide_up(images, extent.images);
  const Index unit = extent.images > 1 ? 1 : divide_up(24, sites);
  const Index cached = std::min(data_bytes / (images * cell), most_sites / sites);
  const Index share = divide_up(span.count() * divide_up(batch, images), 4 * extent.threads);
  tiles = std::max<Index>(1, std::min(cached, share) / unit) * unit;
  Index before = 0;
  for (Index image = 0; image < batch; image += images) {
    for (Index tile = 0; tile < span.count(); tile += tiles) {
      list.push_back({tile, std::min(tiles, span.count() - tile), image,
                      std::min(images, batch - image), before});
      before += list.back().tiles * list.back().images;
    }
  }
  parts = extent.threads == 1 ? 1 : divide_up(4 * extent.threads, list.size());
  are_data_kept = (extent.is_read_again || parts > 1) && before * cell <= kept_data_bytes;
  if (!are_data_kept) parts = 1;
}

}  // namespace nnconv
