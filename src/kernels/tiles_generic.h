// Tiles: the innermost loops, compiled once per instruction set. The including file defines Vec<T>
// (see simd_portable.h) in NNCONV_NAMESPACE and the number of vector registers in NNCONV_REGISTERS,
// and opens the target region.

#pragma once

#include "kernels/sums_generic.h"

namespace nnconv {
namespace NNCONV_NAMESPACE {

// Where the sites read x. Sites that are not written read the same as the first.
template <class T, int Sites>
inline void site_offsets(const Tile<T>& t, Index (&offset)[Sites]) {
  for (Index j = 0; j < Sites; ++j) offset[j] = t.site_x[j < t.sites ? j : 0];
}

// Numbers that lie side by side, each of which multiplies whole vectors.
template <class T, int Count, bool by_lane = Vec<T>::multiplies_by_lane>
class Factors {
 public:
  NNCONV_INLINE explicit Factors(const T* p) : first_(p) {}
  NNCONV_INLINE Vec<T> operator[](int i) const { return Vec<T>::splat(first_ + i); }

 private:
  const T* first_;
};

// Where a product takes its factor from a lane: as many vectors as the numbers fill, then the
// others one by one.
template <class T, int Count>
class Factors<T, Count, true> {
 public:
  NNCONV_INLINE explicit Factors(const T* p) {
    NNCONV_UNROLL
    for (int i = 0; i < full; ++i) loaded_[i] = Vec<T>::load(p + i * lanes);
    NNCONV_UNROLL
    for (int i = 0; i < singles; ++i) loaded_[full + i] = Vec<T>::splat(p + full * lanes + i);
  }
  NNCONV_INLINE typename Vec<T>::Lane operator[](int i) const {
    const int single = i - full * lanes;
    return {loaded_[single < 0 ? i / lanes : full + single], single < 0 ? i % lanes : 0};
  }

 private:
  static constexpr int lanes = Vec<T>::lanes, full = Count / lanes, singles = Count % lanes;
  Vec<T> loaded_[full + singles];
};

template <class T, int Vectors, int Sites>
void channel_tile(const Tile<T>& t) {
  constexpr int lanes = Vec<T>::lanes;
  Index site_x[Sites];
  site_offsets(t, site_x);
  Vec<T> sum[Vectors][Sites];
  Aside<T, Vectors, Sites> aside;
  begin_sums(t, sum);
  for (Piece piece = first_piece(t);;) {
    for (Index link = piece.link; link < piece.last_link; ++link) {
      const T* x = t.x + t.link_x[link] + piece.depth * t.x_step;
      const T* w = t.panel + (t.link_panel[link] + piece.depth) * Vectors * lanes;
      for (Index k = piece.depth; k < piece.last_depth; ++k) {
        Vec<T> weight[Vectors];
        NNCONV_UNROLL
        for (int v = 0; v < Vectors; ++v) weight[v] = Vec<T>::load(w + v * lanes);
        NNCONV_UNROLL
        for (int j = 0; j < Sites; ++j) {
          const auto value = Factors<T, 1>(x + site_x[j])[0];
          NNCONV_UNROLL
          for (int v = 0; v < Vectors; ++v) sum[v][j] = sum[v][j].add_product(weight[v], value);
        }
        x += t.x_step;
        w += Vectors * lanes;
      }
    }
    if (!next_piece(t, piece)) break;
    put_aside(sum, aside);
  }
  end_sums(t, sum, aside);
}

// Vector v of the images at p. The last vector may be partly used.
template <class T, int Vectors, bool Partial, class In>
inline Vec<T> read_images(const In* p, int v, Index last) {
  constexpr int lanes = Vec<T>::lanes;
  if (Partial && v == Vectors - 1) return read<T, false>(p + v * lanes, last);
  return read<T, true>(p + v * lanes, lanes);
}

template <class T, int Channels, int Vectors, bool Partial>
void image_tile(const Tile<T>& t) {
  constexpr int lanes = Vec<T>::lanes;
  const Index last = t.sites - (Vectors - 1) * lanes;  // images in the last vector
  double* const y = t.y + t.site_y[0];
  Vec<T> sum[Vectors][Channels];
  Aside<T, Vectors, Channels> aside;
  NNCONV_UNROLL
  for (int c = 0; c < Channels; ++c) {
    const Vec<T> start = t.start == nullptr ? Vec<T>::zero() : Vec<T>::splat(t.start + c);
    NNCONV_UNROLL
    for (int v = 0; v < Vectors; ++v) sum[v][c] = start;
  }
  for (Piece piece = first_piece(t);;) {
    for (Index link = piece.link; link < piece.last_link; ++link) {
      const T* x = t.x + t.link_x[link] + t.site_x[0] + piece.depth * t.x_step;
      const T* w = t.panel + (t.link_panel[link] + piece.depth) * Channels;
      for (Index k = piece.depth; k < piece.last_depth; ++k) {
        Vec<T> value[Vectors];
        NNCONV_UNROLL
        for (int v = 0; v < Vectors; ++v) value[v] = read_images<T, Vectors, Partial>(x, v, last);
        const Factors<T, Channels> weights(w);
        NNCONV_UNROLL
        for (int c = 0; c < Channels; ++c) {
          const auto weight = weights[c];
          NNCONV_UNROLL
          for (int v = 0; v < Vectors; ++v) sum[v][c] = sum[v][c].add_product(weight, value[v]);
        }
        x += t.x_step;
        w += Channels;
      }
    }
    if (!next_piece(t, piece)) break;
    put_aside(sum, aside);
  }
  if (is_partial(t)) {
    put_aside(sum, aside);
    for (Index c = 0; c < t.channels; ++c) {
      end_line(t, aside.lines + c * aside.length, t.sites, y + c * t.y_step, 1);
    }
    return;
  }
  take_back(aside, sum);
  NNCONV_UNROLL
  for (int c = 0; c < Channels; ++c) {
    if (c >= t.channels) break;
    NNCONV_UNROLL
    for (int v = 0; v < Vectors; ++v) {
      double* to = y + c * t.y_step + v * lanes;
      if (Partial && v == Vectors - 1) {
        sum[v][c].narrow(to, last);
      } else {
        sum[v][c].narrow(to);
      }
    }
  }
}

template <class T, int Vectors, int Sites>
void depthwise_tile(const Tile<T>& t) {
  constexpr int lanes = Vec<T>::lanes;
  Index site_x[Sites];
  site_offsets(t, site_x);
  Vec<T> sum[Vectors][Sites];
  Aside<T, Vectors, Sites> aside;
  begin_sums(t, sum);
  const Index last = t.channels - (Vectors - 1) * lanes;  // channels in the last vector
  for (Piece piece = first_piece(t);;) {
    for (Index link = piece.link; link < piece.last_link; ++link) {
      const T* x = t.x + t.link_x[link];
      const T* w = t.panel + t.link_panel[link] * Vectors * lanes;
      NNCONV_UNROLL
      for (int v = 0; v < Vectors; ++v) {
        const Vec<T> weight = Vec<T>::load(w + v * lanes);
        const bool partial = v == Vectors - 1 && last < lanes;
        NNCONV_UNROLL
        for (int j = 0; j < Sites; ++j) {
          const T* p = x + site_x[j] + v * lanes;
          const Vec<T> value = partial ? Vec<T>::load(p, last) : Vec<T>::load(p);
          sum[v][j] = sum[v][j].add_product(weight, value);
        }
      }
    }
    if (!next_piece(t, piece)) break;
    put_aside(sum, aside);
  }
  end_sums(t, sum, aside);
}

// Lanes are summed channels, which lie side by side in x and, padded with zeros to whole vectors,
// in the panel. The lanes of each sum are added up at the end, in their order.
template <class T, int Channels, int Sites>
void dot_tile(const Tile<T>& t) {
  constexpr int lanes = Vec<T>::lanes;
  Index site_x[Sites];
  site_offsets(t, site_x);
  Vec<T> sum[Channels][Sites];
  Aside<T, Channels, Sites> aside;
  NNCONV_UNROLL
  for (int c = 0; c < Channels; ++c) {
    NNCONV_UNROLL
    for (int j = 0; j < Sites; ++j) sum[c][j] = Vec<T>::zero();
  }
  const Index padded = (t.depth + lanes - 1) / lanes * lanes;
  for (Piece piece = first_piece(t);;) {
    for (Index link = piece.link; link < piece.last_link; ++link) {
      const T* x = t.x + t.link_x[link];
      const T* w = t.panel + t.link_panel[link] * Channels;
      for (Index k = piece.depth; k < piece.last_depth; k += lanes) {
        const Index left = t.depth - k;
        Vec<T> weight[Channels];
        NNCONV_UNROLL
        for (int c = 0; c < Channels; ++c) weight[c] = Vec<T>::load(w + c * padded + k);
        NNCONV_UNROLL
        for (int j = 0; j < Sites; ++j) {
          const T* p = x + site_x[j] + k;
          const Vec<T> value = left < lanes ? Vec<T>::load(p, left) : Vec<T>::load(p);
          NNCONV_UNROLL
          for (int c = 0; c < Channels; ++c) sum[c][j] = sum[c][j].add_product(weight[c], value);
        }
      }
    }
    if (!next_piece(t, piece)) break;
    put_aside(sum, aside);
  }
  put_aside(sum, aside);
  for (Index c = 0; c < t.channels; ++c) {
    for (Index j = 0; j < t.sites; ++j) {
      double total = t.start != nullptr ? static_cast<double>(t.start[c]) : 0;
      const double* const line = aside.lines + j * aside.length + c * lanes;
      for (int lane = 0; lane < lanes; ++lane) total += line[lane];
      end_line(t, &total, 1, t.y + t.site_y[j] + c * t.y_step, 1);
    }
  }
}

// Converts n numbers.
template <class T>
void copy(const double* from, Index n, T* to) {
  constexpr int lanes = Vec<T>::lanes;
  Index i = 0;
  for (; i + lanes <= n; i += lanes) Vec<T>::widen(from + i).store(to + i);
  for (; i < n; ++i) to[i] = static_cast<T>(from[i]);
}

// Adds lines of n numbers, one after the other, because lines of `to` may overlap.
inline void add_lines(const double* from, Index from_step, Index lines, Index n, double* to,
                      Index to_step) {
  for (Index i = 0; i < lines; ++i) add(from + i * from_step, n, to + i * to_step);
}

// Sets the image kernels of a number of channels, for up to `Vectors` vectors of images.
template <class T, int Channels, int Vectors>
void set_image_kernels(Kernel<T> (&of)[most_vectors][2]) {
  if constexpr (Vectors > 1) set_image_kernels<T, Channels, Vectors - 1>(of);
  of[Vectors - 1][0] = {image_tile<T, Channels, Vectors, false>, Channels, Vectors * Vec<T>::lanes};
  of[Vectors - 1][1] = {image_tile<T, Channels, Vectors, true>, Channels, Vectors * Vec<T>::lanes};
}

// The sums of a tile fill most of the registers: 24 of 32, or 12 of 16. Where no product takes a
// factor from memory, all factors of a step need registers too.
template <class T>
KernelTable<T> make_table() {
  constexpr int lanes = Vec<T>::lanes;
  constexpr bool many = NNCONV_REGISTERS == 32;
  KernelTable<T> t = {};
  t.lanes = lanes;
  t.copy = copy<T>;
  t.add_lines = add_lines;
  int width = 0;
  if constexpr (Vec<T>::multiplies_by_lane) {
    t.channel[width++] = {channel_tile<T, 4, 5>, 4 * lanes, 5};
    t.channel[width++] = {channel_tile<T, 3, 7>, 3 * lanes, 7};
    t.channel[width++] = {channel_tile<T, 2, 9>, 2 * lanes, 9};
    t.channel[width++] = {channel_tile<T, 1, 12>, lanes, 12};
  } else {
    if constexpr (many) {
      t.channel[width++] = {channel_tile<T, 4, 6>, 4 * lanes, 6};
      t.channel[width++] = {channel_tile<T, 3, 8>, 3 * lanes, 8};
    }
    t.channel[width++] = {channel_tile<T, 2, 6>, 2 * lanes, 6};
    t.channel[width++] = {channel_tile<T, 1, 8>, lanes, 8};
  }
  width = 0;
  if constexpr (many) t.depthwise[width++] = {depthwise_tile<T, 4, 4>, 4 * lanes, 4};
  t.depthwise[width++] = {depthwise_tile<T, 2, 4>, 2 * lanes, 4};
  t.depthwise[width++] = {depthwise_tile<T, 1, 4>, lanes, 4};
  set_image_kernels<T, 12, many ? 2 : 1>(t.image[0]);
  set_image_kernels<T, 6, many ? 4 : 2>(t.image[1]);
  set_image_kernels<T, 4, many ? 4 : 3>(t.image[2]);
  set_image_kernels<T, 2, 4>(t.image[3]);
  set_image_kernels<T, 1, 4>(t.image[4]);
  t.dot[0] = {dot_tile<T, 3, 4>, 3, 4};
  t.dot[1] = {dot_tile<T, 2, 4>, 2, 4};
  t.dot[2] = {dot_tile<T, 1, 8>, 1, 8};
  return t;
}

}  // namespace NNCONV_NAMESPACE
}  // namespace nnconv
