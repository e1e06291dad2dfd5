// Pixel shuffle: one loop over the shuffled cells for both directions.
#include "resampling/pixel_shuffle.h"

#include "resampling/cells.h"

namespace nnconv {
namespace {

// Calls move(place in the wide image, place in the deep one, numbers) for numbers side by side.
template <class Move>
void for_runs(const ImageView& wide, Index factor, const Checkpoint& checkpoint, const Move& move) {
  const Index n = wide.batch, deep_rows = wide.height / factor;
  const Index block = factor * factor;
  for_cells(wide.channels, wide.height, wide.width, n, checkpoint,
            [&](Index h, Index w, Index first, Index count) {
              const Index at = ((h + w * wide.height) * wide.channels + first) * n;
              const Index place = h / factor + w / factor * deep_rows;
              const Index phase = h % factor * factor + w % factor;
              const Index deep = ((place * wide.channels + first) * block + phase) * n;
              for (Index c = 0; c < count; ++c) move(at + c * n, deep + c * block * n, n);
            });
}

}  // namespace

template <class T>
void pixel_shuffle(const ImageView& wide, Index factor, const T* from, T* to,
                   const Checkpoint& checkpoint) {
  for_runs(wide, factor, checkpoint, [=](Index at, Index deep, Index n) {
    for (Index k = 0; k < n; ++k) to[at + k] = from[deep + k];
  });
}

template <class T>
void pixel_unshuffle(const ImageView& wide, Index factor, const T* from, T* to,
                     const Checkpoint& checkpoint) {
  for_runs(wide, factor, checkpoint, [=](Index at, Index deep, Index n) {
    for (Index k = 0; k < n; ++k) to[deep + k] = from[at + k];
  });
}

template void pixel_shuffle(const ImageView&, Index, const float*, float*, const Checkpoint&);
template void pixel_shuffle(const ImageView&, Index, const double*, double*, const Checkpoint&);
template void pixel_unshuffle(const ImageView&, Index, const float*, float*, const Checkpoint&);
template void pixel_unshuffle(const ImageView&, Index, const double*, double*, const Checkpoint&);

}  // namespace nnconv
