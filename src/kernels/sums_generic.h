// Sums of a tile: begins them, puts them aside piece by piece (see pieces.h), and ends them.
// Compiled once per instruction set, like tiles_generic.h.

#pragma once

namespace nnconv {
namespace NNCONV_NAMESPACE {

// Read and write T or, converted, double. There are `left` lanes, or, if Whole, all of them.
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

// The links and the depth of one piece.
struct Piece {
  Index link, last_link, depth, last_depth;
};

template <class T>
inline void end_piece(const Tile<T>& t, Piece& piece) {
  const Index links = t.links - piece.link, depth = t.depth - piece.depth;
  piece.last_link = piece.link + (links < t.links_at_once ? links : t.links_at_once);
  piece.last_depth = piece.depth + (depth < t.depth_at_once ? depth : t.depth_at_once);
}

template <class T>
inline Piece first_piece(const Tile<T>& t) {
  Piece piece = {0, 0, 0, 0};
  end_piece(t, piece);
  return piece;
}

// Goes on to the next piece; returns false after the last one.
template <class T>
inline bool next_piece(const Tile<T>& t, Piece& piece) {
  piece.depth = piece.last_depth;
  if (piece.depth == t.depth) {
    piece.depth = 0;
    piece.link = piece.last_link;
    if (piece.link == t.links) return false;
  }
  end_piece(t, piece);
  return true;
}

// The sums of the pieces so far. A line holds numbers that lie side by side in the result or are to
// be added up: the channels of a site, or the images of a channel.
template <class T, int Vectors, int Lines>
struct Aside {
  static constexpr int length = Vectors * Vec<T>::lanes;
  bool is_empty = true;
  double lines[Lines * length];
};

template <class T, int Vectors, int Lines>
NNCONV_INLINE void put_aside(Vec<T> (&sum)[Vectors][Lines], Aside<T, Vectors, Lines>& aside) {
  constexpr int lanes = Vec<T>::lanes;
  if (aside.is_empty) {
    NNCONV_UNROLL
    for (int v = 0; v < Vectors; ++v) {
      NNCONV_UNROLL
      for (int j = 0; j < Lines; ++j) sum[v][j].narrow(aside.lines + (j * Vectors + v) * lanes);
    }
    aside.is_empty = false;
  } else {
    NNCONV_UNROLL
    for (int v = 0; v < Vectors; ++v) {
      NNCONV_UNROLL
      for (int j = 0; j < Lines; ++j) sum[v][j].add_to(aside.lines + (j * Vectors + v) * lanes);
    }
  }
  NNCONV_UNROLL
  for (int v = 0; v < Vectors; ++v) {
    NNCONV_UNROLL
    for (int j = 0; j < Lines; ++j) sum[v][j] = Vec<T>::zero();
  }
}

// Adds the sums that were put aside, and rounds to T.
template <class T, int Vectors, int Lines>
NNCONV_INLINE void take_back(const Aside<T, Vectors, Lines>& aside, Vec<T> (&sum)[Vectors][Lines]) {
  if (aside.is_empty) return;
  NNCONV_UNROLL
  for (int v = 0; v < Vectors; ++v) {
    NNCONV_UNROLL
    for (int j = 0; j < Lines; ++j) {
      sum[v][j] = sum[v][j].added(aside.lines + (j * Vectors + v) * Vec<T>::lanes);
    }
  }
}

// Adds n numbers to others.
inline void add(const double* numbers, Index n, double* to) {
  constexpr int lanes = Vec<double>::lanes;
  Index i = 0;
  for (; i + lanes <= n; i += lanes) Vec<double>::load(numbers + i).add_to(to + i);
  for (; i < n; ++i) to[i] += numbers[i];
}

// Do the sums of a tile continue those of an earlier tile, or does a later tile continue them?
template <class T>
inline bool is_partial(const Tile<T>& t) {
  return t.start == nullptr || t.goes_on;
}

// Ends a line of partial sums, whose numbers lie `step` apart in y.
template <class T>
inline void end_line(const Tile<T>& t, const double* line, Index n, double* y, Index step) {
  if (step == 1 && t.start == nullptr && t.goes_on) {
    add(line, n, y);
    return;
  }
  for (Index i = 0; i < n; ++i) {
    double* const to = y + i * step;
    const double sum = t.start == nullptr ? *to + line[i] : line[i];
    *to = t.goes_on ? sum : static_cast<double>(static_cast<T>(sum));
  }
}

// The next three functions are for tiles with channels in vectors.

template <class T, int Vectors, int Sites>
NNCONV_INLINE void begin_sums(const Tile<T>& t, Vec<T> (&sum)[Vectors][Sites]) {
  constexpr int lanes = Vec<T>::lanes;
  NNCONV_UNROLL
  for (int v = 0; v < Vectors; ++v) {
    const Vec<T> start = t.start == nullptr ? Vec<T>::zero() : Vec<T>::load(t.start + v * lanes);
    NNCONV_UNROLL
    for (int j = 0; j < Sites; ++j) sum[v][j] = start;
  }
}

template <class T, int Vectors, int Sites>
NNCONV_INLINE void write_sums(const Tile<T>& t, const Vec<T> (&sum)[Vectors][Sites]) {
  constexpr int lanes = Vec<T>::lanes;
  if (t.y_step == 1) {
    NNCONV_UNROLL
    for (int j = 0; j < Sites; ++j) {
      if (j >= t.sites) break;
      double* y = t.y + t.site_y[j];
      NNCONV_UNROLL
      for (int v = 0; v < Vectors; ++v) {
        const Index left = t.channels - v * lanes;
        if (left >= lanes) {
          sum[v][j].narrow(y + v * lanes);
        } else if (left > 0) {
          sum[v][j].narrow(y + v * lanes, left);
        }
      }
    }
    return;
  }
  constexpr int channels = Vectors * lanes;
  T kept[Sites * channels];
  NNCONV_UNROLL
  for (int v = 0; v < Vectors; ++v) {
    NNCONV_UNROLL
    for (int j = 0; j < Sites; ++j) sum[v][j].store(kept + (j * Vectors + v) * lanes);
  }
  for (Index c = 0; c < t.channels; ++c) {  // sites are neighbours in memory
    double* y = t.y + c * t.y_step;
    for (Index j = 0; j < t.sites; ++j) {
      y[t.site_y[j]] = static_cast<double>(kept[j * channels + c]);
    }
  }
}

template <class T, int Vectors, int Sites>
NNCONV_INLINE void end_sums(const Tile<T>& t, Vec<T> (&sum)[Vectors][Sites],
                            Aside<T, Vectors, Sites>& aside) {
  if (!is_partial(t)) {
    take_back(aside, sum);
    write_sums(t, sum);
    return;
  }
  put_aside(sum, aside);
  for (Index j = 0; j < t.sites; ++j) {
    end_line(t, aside.lines + j * aside.length, t.channels, t.y + t.site_y[j], t.y_step);
  }
}

}  // namespace NNCONV_NAMESPACE
}  // namespace nnconv
