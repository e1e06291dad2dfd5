// Kernels: the loops themselves, compiled once per instruction set. The including file has
// defined Vec<T> (see simd_portable.h) in NNCONV_NAMESPACE, said how many vector registers
// there are in NNCONV_REGISTERS, and opened the target region.

#pragma once

namespace nnconv {
namespace NNCONV_NAMESPACE {

// From and to T or, converted, double. `left` lanes are there; Whole says that all of them are.
template <class T, bool Whole, class In>
inline Vec<T> read(const In* p, Index left) {
  if constexpr (sizeof(In) == sizeof(T)) {
    return Whole ? Vec<T>::load(p) : Vec<T>::load(p, left);
  } else {
    return Whole ? Vec<T>::widen(p) : Vec<T>::widen(p, left);
  }
}

template <class T, bool Whole, class Out>
inline void write(const Vec<T>& value, Out* p, Index left) {
  if constexpr (sizeof(Out) == sizeof(T)) {
    Whole ? value.store(p) : value.store(p, left);
  } else {
    Whole ? value.narrow(p) : value.narrow(p, left);
  }
}

// What y holds, for tiles that go on with a sum; rows and sites that are not written get 0.
template <class T, int Rows, int Sites>
void read_back(const Tile<T>& t, T* held) {
  for (Index j = 0; j < Sites; ++j) {
    for (Index r = 0; r < Rows; ++r) {
      const bool present = r < t.rows && j < t.sites;
      held[j * Rows + r] = present ? static_cast<T>(t.y[t.site_y[j] + r * t.row_step]) : T(0);
    }
  }
}

template <class T, int Vectors, int Sites>
inline void begin_sums(const Tile<T>& t, Vec<T> (&sum)[Vectors][Sites]) {
  constexpr int lanes = Vec<T>::lanes;
  if (t.start != nullptr) {
    NNCONV_UNROLL
    for (int v = 0; v < Vectors; ++v) {
      NNCONV_UNROLL
      for (int j = 0; j < Sites; ++j) sum[v][j] = Vec<T>::load(t.start + v * lanes);
    }
  } else {
    T held[Sites * Vectors * lanes];
    read_back<T, Vectors * lanes, Sites>(t, held);
    NNCONV_UNROLL
    for (int v = 0; v < Vectors; ++v) {
      NNCONV_UNROLL
      for (int j = 0; j < Sites; ++j) sum[v][j] = Vec<T>::load(held + (j * Vectors + v) * lanes);
    }
  }
}

template <class T, int Vectors, int Sites>
inline void write_sums(const Tile<T>& t, const Vec<T> (&sum)[Vectors][Sites]) {
  constexpr int lanes = Vec<T>::lanes;
  if (t.row_step == 1) {
    NNCONV_UNROLL
    for (int j = 0; j < Sites; ++j) {
      if (j >= t.sites) break;
      double* y = t.y + t.site_y[j];
      NNCONV_UNROLL
      for (int v = 0; v < Vectors; ++v) {
        const Index left = t.rows - v * lanes;
        if (left >= lanes) {
          sum[v][j].narrow(y + v * lanes);
        } else if (left > 0) {
          sum[v][j].narrow(y + v * lanes, left);
        }
      }
    }
    return;
  }
  constexpr int rows = Vectors * lanes;
  T kept[Sites * rows];
  NNCONV_UNROLL
  for (int v = 0; v < Vectors; ++v) {
    NNCONV_UNROLL
    for (int j = 0; j < Sites; ++j) sum[v][j].store(kept + (j * Vectors + v) * lanes);
  }
  for (Index r = 0; r < t.rows; ++r) {  // sites are neighbours in memory
    double* y = t.y + r * t.row_step;
    for (Index j = 0; j < t.sites; ++j) {
      y[t.site_y[j]] = static_cast<double>(kept[j * rows + r]);
    }
  }
}

// Where the sites read x; those that are not written read what the first one does.
template <class T, int Sites>
inline void site_offsets(const Tile<T>& t, Index (&offset)[Sites]) {
  for (Index j = 0; j < Sites; ++j) offset[j] = t.site_x[j < t.sites ? j : 0];
}

template <class T, int Vectors, int Sites>
void channel_tile(const Tile<T>& t) {
  constexpr int lanes = Vec<T>::lanes;
  Index site_x[Sites];
  site_offsets(t, site_x);
  Vec<T> sum[Vectors][Sites];
  begin_sums(t, sum);
  for (Index link = 0; link < t.links; ++link) {
    const T* x = t.x + t.link_x[link];
    const T* w = t.panel + t.link_panel[link] * Vectors * lanes;
    for (Index k = 0; k < t.channels; ++k) {
      Vec<T> weight[Vectors];
      NNCONV_UNROLL
      for (int v = 0; v < Vectors; ++v) weight[v] = Vec<T>::load(w + v * lanes);
      NNCONV_UNROLL
      for (int j = 0; j < Sites; ++j) {
        const Vec<T> value = Vec<T>::splat(x + site_x[j]);
        NNCONV_UNROLL
        for (int v = 0; v < Vectors; ++v) sum[v][j] = sum[v][j].add_product(weight[v], value);
      }
      x += t.channel_step;
      w += Vectors * lanes;
    }
  }
  write_sums(t, sum);
}

// Vector v of the images at p, of which the last may be partly used.
template <class T, int Vectors, bool Partial, class In>
inline Vec<T> read_images(const In* p, int v, Index last) {
  constexpr int lanes = Vec<T>::lanes;
  if (Partial && v == Vectors - 1) return read<T, false>(p + v * lanes, last);
  return read<T, true>(p + v * lanes, lanes);
}

template <class T, int Rows, int Vectors, bool Partial>
void image_tile(const Tile<T>& t) {
  constexpr int lanes = Vec<T>::lanes;
  const Index last = t.sites - (Vectors - 1) * lanes;  // images in the last vector
  double* const y = t.y + t.site_y[0];
  Vec<T> sum[Vectors][Rows];
  NNCONV_UNROLL
  for (int r = 0; r < Rows; ++r) {
    NNCONV_UNROLL
    for (int v = 0; v < Vectors; ++v) {
      sum[v][r] = t.start != nullptr ? Vec<T>::splat(t.start + r)
                  : r < t.rows       ? read_images<T, Vectors, Partial>(y + r * t.row_step, v, last)
                                     : Vec<T>::zero();
    }
  }
  for (Index link = 0; link < t.links; ++link) {
    const T* x = t.x + t.link_x[link] + t.site_x[0];
    const T* w = t.panel + t.link_panel[link] * Rows;
    for (Index k = 0; k < t.channels; ++k) {
      Vec<T> value[Vectors];
      NNCONV_UNROLL
      for (int v = 0; v < Vectors; ++v) value[v] = read_images<T, Vectors, Partial>(x, v, last);
      NNCONV_UNROLL
      for (int r = 0; r < Rows; ++r) {
        const Vec<T> weight = Vec<T>::splat(w + r);
        NNCONV_UNROLL
        for (int v = 0; v < Vectors; ++v) sum[v][r] = sum[v][r].add_product(weight, value[v]);
      }
      x += t.channel_step;
      w += Rows;
    }
  }
  NNCONV_UNROLL
  for (int r = 0; r < Rows; ++r) {
    if (r >= t.rows) break;
    NNCONV_UNROLL
    for (int v = 0; v < Vectors; ++v) {
      double* to = y + r * t.row_step + v * lanes;
      if (Partial && v == Vectors - 1) {
        sum[v][r].narrow(to, last);
      } else {
        sum[v][r].narrow(to);
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
  begin_sums(t, sum);
  const Index last = t.rows - (Vectors - 1) * lanes;  // rows in the last vector
  for (Index link = 0; link < t.links; ++link) {
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
  write_sums(t, sum);
}

// Lanes are summed channels, which lie side by side in x and, padded with zeros to whole
// vectors, in the panel; a row's lanes are added up at the end, in their order.
template <class T, int Rows, int Sites>
void dot_tile(const Tile<T>& t) {
  constexpr int lanes = Vec<T>::lanes;
  Index site_x[Sites];
  site_offsets(t, site_x);
  Vec<T> sum[Rows][Sites];
  NNCONV_UNROLL
  for (int r = 0; r < Rows; ++r) {
    NNCONV_UNROLL
    for (int j = 0; j < Sites; ++j) sum[r][j] = Vec<T>::zero();
  }
  const Index padded = (t.channels + lanes - 1) / lanes * lanes;
  for (Index link = 0; link < t.links; ++link) {
    const T* x = t.x + t.link_x[link];
    const T* w = t.panel + t.link_panel[link] * Rows;
    for (Index k = 0; k < t.channels; k += lanes) {
      const Index left = t.channels - k;
      Vec<T> weight[Rows];
      NNCONV_UNROLL
      for (int r = 0; r < Rows; ++r) weight[r] = Vec<T>::load(w + r * padded + k);
      NNCONV_UNROLL
      for (int j = 0; j < Sites; ++j) {
        const T* p = x + site_x[j] + k;
        const Vec<T> value = left < lanes ? Vec<T>::load(p, left) : Vec<T>::load(p);
        NNCONV_UNROLL
        for (int r = 0; r < Rows; ++r) sum[r][j] = sum[r][j].add_product(weight[r], value);
      }
    }
  }
  T kept[Rows * Sites * lanes];
  NNCONV_UNROLL
  for (int r = 0; r < Rows; ++r) {
    NNCONV_UNROLL
    for (int j = 0; j < Sites; ++j) sum[r][j].store(kept + (r * Sites + j) * lanes);
  }
  for (Index r = 0; r < t.rows; ++r) {
    for (Index j = 0; j < t.sites; ++j) {
      double* y = t.y + t.site_y[j] + r * t.row_step;
      T total = t.start != nullptr ? t.start[r] : static_cast<T>(*y);
      for (int lane = 0; lane < lanes; ++lane) total += kept[(r * Sites + j) * lanes + lane];
      *y = static_cast<double>(total);
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

// The image kernels of a number of rows, for as many vectors of images as the registers hold.
template <class T, int Rows, int Vectors>
void set_image_kernels(Kernel<T> (&of)[most_vectors][2]) {
  if constexpr (Vectors > 1) set_image_kernels<T, Rows, Vectors - 1>(of);
  of[Vectors - 1][0] = {image_tile<T, Rows, Vectors, false>, Rows, Vectors * Vec<T>::lanes};
  of[Vectors - 1][1] = {image_tile<T, Rows, Vectors, true>, Rows, Vectors * Vec<T>::lanes};
}

// Sums fill most of the registers: 24 of 32, or 12 of 16.
template <class T>
KernelTable<T> make_table() {
  constexpr int lanes = Vec<T>::lanes;
  constexpr bool many = NNCONV_REGISTERS == 32;
  KernelTable<T> t = {};
  t.lanes = lanes;
  t.copy = copy<T>;
  int width = 0;
  if constexpr (many) {
    t.channel[width++] = {channel_tile<T, 4, 6>, 4 * lanes, 6};
    t.channel[width++] = {channel_tile<T, 3, 8>, 3 * lanes, 8};
  }
  t.channel[width++] = {channel_tile<T, 2, 6>, 2 * lanes, 6};
  t.channel[width++] = {channel_tile<T, 1, 8>, lanes, 8};
  width = 0;
  if constexpr (many) t.depthwise[width++] = {depthwise_tile<T, 4, 4>, 4 * lanes, 4};
  t.depthwise[width++] = {depthwise_tile<T, 2, 4>, 2 * lanes, 4};
  t.depthwise[width++] = {depthwise_tile<T, 1, 4>, lanes, 4};
  set_image_kernels<T, 12, many ? 2 : 1>(t.image[0]);
  set_image_kernels<T, 6, many ? 4 : 2>(t.image[1]);
  set_image_kernels<T, 3, many ? 4 : 2>(t.image[2]);
  set_image_kernels<T, 1, many ? 4 : 2>(t.image[3]);
  t.dot[0] = {dot_tile<T, 3, 4>, 3, 4};
  t.dot[1] = {dot_tile<T, 2, 4>, 2, 4};
  t.dot[2] = {dot_tile<T, 1, 8>, 1, 8};
  return t;
}

}  // namespace NNCONV_NAMESPACE
}  // namespace nnconv
