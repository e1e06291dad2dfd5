// Inputs: what the fuzz target does with its bytes. It draws a geometry from them, with numbers up
// to the largest that R lets through, and compares what the core makes of it with plain loops.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <tuple>
#include <vector>

#include "geometry/padding_modes.h"
#include "geometry/polyphase.h"
#include "geometry/runs.h"
#include "kernels/dispatch.h"
#include "modes.h"
#include "packing/plan.h"
#include "system/threads.h"
#include "verbs.h"

namespace core {
namespace {

using nnconv::Algorithm;
using nnconv::Axis;
using nnconv::PadMode;
using nnconv::Run;

constexpr Index largest_whole = 2147483647;  // as in R/check.R

void require(bool holds, const char* what, const std::string& of = "") {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s %s\n", what, of.c_str());
  std::abort();
}

// Numbers out of bytes; 0 when there are none left.
class Bytes {
 public:
  Bytes(const std::uint8_t* bytes, std::size_t count) : at_(bytes), end_(bytes + count) {}

  Index byte() { return at_ == end_ ? 0 : *at_++; }
  Index from(Index low, Index high) { return low + byte() % (high - low + 1); }
  // Small, near the largest, or anything.
  Index whole(Index low) {
    const Index kind = byte();
    if (kind < 160) return low + kind % 8;
    if (kind < 192) return largest_whole - kind % 8;
    Index value = 0;
    for (int i = 0; i < 4; ++i) value = value * 256 + byte();
    return std::max(low, value % (largest_whole + 1));
  }
  std::uint64_t seed() {
    std::uint64_t value = 0;
    while (at_ != end_) value = value * 31 + *at_++;
    return value;
  }

 private:
  const std::uint8_t *at_, *end_;
};

// The size laws in more bits than they need.
#ifdef __SIZEOF_INT128__
__extension__ typedef __int128 Wide;
#else
typedef long long Wide;
#endif

void check_laws(Bytes& bytes) {
  Axis a = {bytes.whole(1),
            bytes.whole(1),
            bytes.whole(1),
            bytes.whole(1),
            bytes.whole(1),
            0,
            0,
            static_cast<PadMode>(bytes.from(0, 3))};
  a.pad_before = bytes.whole(0);
  a.pad_after = bytes.whole(0);
  const Index output_padding = std::min(bytes.whole(0), std::max(a.stride, a.dilation) - 1);
  const Wide extent = static_cast<Wide>(a.dilation) * (a.kernel - 1) + 1;
  require(kernel_extent(a) == extent, "the extent of a kernel");
  const Wide pads = static_cast<Wide>(a.pad_before) + a.pad_after;
  const Wide room = a.large + pads - extent;
  require(correlate_size(a) == (room < 0 ? 0 : room / a.stride + 1), "the size of small");
  const Wide size = static_cast<Wide>(a.small - 1) * a.stride - pads + extent + output_padding;
  require(scatter_size(a, output_padding) == size, "the size of large");
  const std::array<Index, 2> same = same_padding(a);
  const Wide kept = extent - a.stride;  // what padding takes from the kernel
  require(static_cast<Wide>(same[0]) + same[1] == kept, "padding that keeps the size");
  require(kept < 0 ? same[0] == 0 : same[1] - same[0] == kept % 2, "the odd cell after");
  if (a.mode == PadMode::reflect || a.mode == PadMode::circular) {
    const Index most = a.mode == PadMode::reflect ? a.large - 1 : a.large;
    a.pad_before = std::min(a.pad_before, most);
    a.pad_after = std::min(a.pad_after, most);
  }
  const Index padded = a.pad_before + a.large + a.pad_after;
  for (const Index p : {Index(0), bytes.whole(0) % padded, a.pad_before, padded - 1}) {
    const Index cell = nnconv::pad_source(p, a.pad_before, a.large, a.mode);
    require(cell == shown_cell(p, a), "the cell that a padded cell shows");
    require(cell < a.large && (cell >= 0 || a.mode == PadMode::zeros), "a cell of the image");
  }
}

// An axis with few cells on both sides, however large its other numbers are; false if R would not
// let it through.
bool take_axis(Bytes& bytes, Index most_small, Axis& a) {
  a.small = bytes.from(1, most_small);
  a.kernel = bytes.from(1, bytes.byte() < 200 ? 5 : 24);
  a.stride = bytes.whole(1);
  a.dilation = bytes.whole(1);
  a.mode = static_cast<PadMode>(bytes.from(0, 3));
  a.pad_before = a.pad_after = 0;
  const Index op = std::min(bytes.whole(0), std::max(a.stride, a.dilation) - 1);
  const Index uncropped = scatter_size(a, op), wanted = bytes.from(1, 40);
  const Index pads = std::max<Index>(0, uncropped - wanted);
  a.large = uncropped - pads;
  a.pad_before = bytes.byte() < 200 ? pads / 2 : pads / 256 * bytes.byte();
  a.pad_after = pads - a.pad_before;
  const Index most = std::max(a.pad_before, a.pad_after);
  const Index limit = a.mode == PadMode::reflect    ? a.large - 1
                      : a.mode == PadMode::circular ? a.large
                                                    : largest_whole;
  return most <= limit;
}

using Triple = std::tuple<Index, Index, Index>;  // small, tap, large

std::vector<Triple> all_links(const Axis& a) {
  std::vector<Triple> links;
  for (Index i = 0; i < a.small; ++i) {
    for (Index u = 0; u < a.kernel; ++u) {
      const Index large = shown_cell(i * a.stride + u * a.dilation, a);
      if (large >= 0) links.push_back({i, u, large});
    }
  }
  return links;
}

// The links of runs, cell by cell; `cells` counts how often each cell is in a run.
std::vector<Triple> links_of(const std::vector<Run>& runs, bool of_small, std::vector<int>& cells) {
  std::vector<Triple> links;
  for (const Run& run : runs) {
    for (Index t = 0; t < run.count; ++t) {
      const Index cell = run.first + t * run.step;
      require(cell >= 0 && cell < static_cast<Index>(cells.size()), "a run's cell");
      ++cells[static_cast<std::size_t>(cell)];
      for (const nnconv::Link& link : run.links) {
        const Index source = link.source + t * run.source_step;
        links.push_back(of_small ? Triple(cell, link.tap, source) : Triple(source, link.tap, cell));
      }
    }
  }
  std::sort(links.begin(), links.end());
  return links;
}

void check_spans(const std::vector<Run>& runs, bool of_small, const std::vector<Triple>& wanted,
                 Index cells, Index sources) {
  std::vector<int> in_span(runs.size(), 0);
  for (const nnconv::Span& span : nnconv::find_spans(runs, sources)) {
    Index count = 0;
    for (const std::size_t r : span.runs) {
      ++in_span[r];
      count += runs[r].count;
    }
    require(count == span.count, "the cells of a span");
    for (Index t = 0; t < span.count; ++t) {
      const Index cell = span.first + t * span.step;
      require(cell >= 0 && cell < cells, "a span's cell");
      std::vector<Triple> found, there;
      for (const nnconv::Component& component : span.components) {
        for (Index u = 0; u < component.taps.size(); ++u) {
          const Index source = component.source + (t + u) * span.pitch;
          const Index tap = component.taps[u];
          if (source < 0 || source >= sources) continue;
          found.push_back(of_small ? Triple(cell, tap, source) : Triple(source, tap, cell));
        }
      }
      for (const Triple& link : wanted) {
        if ((of_small ? std::get<0>(link) : std::get<2>(link)) == cell) there.push_back(link);
      }
      std::sort(found.begin(), found.end());
      require(found == there, "the links of a span");
    }
  }
  require(std::all_of(in_span.begin(), in_span.end(), [](int n) { return n <= 1; }), "one span");
}

void check_reach(Bytes& bytes) {
  Axis a = {};
  if (!take_axis(bytes, 32, a)) return;
  std::vector<Triple> wanted = all_links(a);
  std::sort(wanted.begin(), wanted.end());
  const auto once = [](const std::vector<int>& cells) {
    return std::all_of(cells.begin(), cells.end(), [](int n) { return n == 1; });
  };
  std::vector<int> cells(static_cast<std::size_t>(a.small), 0);
  const Index step = nnconv::dense_step(a, a.small) / a.stride;
  const std::vector<Run> small = nnconv::correlate_reach(a, step);
  require(links_of(small, true, cells) == wanted, "the links of correlate");
  require(once(cells), "every small cell once");
  check_spans(small, true, wanted, a.small, a.large);

  cells.assign(static_cast<std::size_t>(a.large), 0);
  const std::vector<Run> large = nnconv::scatter_reach(a);
  require(links_of(large, false, cells) == wanted, "the links of scatter");
  require(once(cells), "every large cell once");
  check_spans(large, false, wanted, a.large, a.small);

  std::vector<Triple> by_tap;
  for (Index tap = 0; tap < a.kernel; ++tap) {
    cells.assign(static_cast<std::size_t>(a.small), 0);
    const std::vector<Triple> of_tap = links_of(nnconv::tap_reach(a, tap), true, cells);
    by_tap.insert(by_tap.end(), of_tap.begin(), of_tap.end());
  }
  std::sort(by_tap.begin(), by_tap.end());
  require(by_tap == wanted, "the links of all taps");
}

template <class T>
void check_panels(const nnconv::List<nnconv::Panel<T>>& panels, Index channels) {
  Index channel = 0;
  for (const nnconv::Panel<T>& panel : panels) {
    require(panel.channel == channel && panel.channels >= 1 && panel.channels <= panel.width,
            "a panel");
    require(panel.kernel.run != nullptr && panel.kernel.channels == panel.width,
            "a panel's kernel");
    channel += panel.channels;
  }
  require(channel == channels, "panels for all channels");
}

template <class T>
void check_plan(const nnconv::Extent& e, const nnconv::Plan<T>& plan) {
  check_panels(plan.panels, plan.channels);
  const bool depthwise = plan.family == nnconv::Family::depthwise;
  require(plan.channels == (depthwise ? e.groups * e.batch : e.channels), "a plan's channels");
  require(
      plan.groups * plan.channels * (depthwise ? 1 : e.batch) == e.groups * e.channels * e.batch,
      "a plan's results");
  require(plan.images >= 1 && (depthwise || plan.images * plan.site_batch >= e.batch),
          "a plan's images");
}

template <class T>
void check_plans(const nnconv::Extent& e) {
  check_plan(e, nnconv::make_plan<T>(e));
  check_plan(e, nnconv::make_dense_plan<T>(e));
  check_panels(nnconv::channel_panels<T>(e.channels), e.channels);
  check_panels(nnconv::cell_panels<T>(e.channels), e.channels);
}

void choose_simd(Bytes& bytes) {
  const std::vector<std::string> sets = nnconv::available_simd();
  nnconv::choose_simd(sets[static_cast<std::size_t>(bytes.byte()) % sets.size()]);
}

void check_results(Bytes& bytes) {
  Geometry g = {bytes.from(1, 20), 0, 0, bytes.from(1, 3), {}};
  g.large_channels = g.groups * bytes.from(1, 12);
  g.small_channels = g.groups * bytes.from(1, 12);
  if (!take_axis(bytes, 9, g.axis[0]) || !take_axis(bytes, 9, g.axis[1])) return;
  if (products(g) > 3e5) return;
  choose_simd(bytes);
  nnconv::set_thread_count(1);
  const Way way = {bytes.byte() % 2 == 0, bytes.byte() % 2 == 0,
                   static_cast<Algorithm>(bytes.from(0, 5))};
  const bool may_round = way.algorithm != Algorithm::direct;
  const Numbers numbers = may_round || bytes.byte() % 2 == 0 ? Numbers::real : Numbers::whole;
  Random random(bytes.seed());
  const Case c = make_case(g, numbers, random);
  const double error = worst_error(run(c, way), wanted_of(c, way.with_bias), way, numbers);
  require(error <= 1, "results by", name_of(way) + " " + describe(g));
}

}  // namespace

void check_bytes(const std::uint8_t* data, std::size_t count) {
  Bytes bytes(data, count);
  switch (bytes.byte() % 8) {
    case 0:
      return check_laws(bytes);
    case 1:
    case 2:
    case 3:
      return check_reach(bytes);
    case 4: {
      choose_simd(bytes);
      const nnconv::Extent e = {bytes.whole(1) % 5000 + 1, bytes.whole(1) % 50 + 1,
                                bytes.whole(1) % 5000 + 1, bytes.whole(1) % 5000 + 1,
                                static_cast<double>(bytes.from(0, 50)) / 4};
      check_plans<float>(e);
      return check_plans<double>(e);
    }
    default:
      return check_results(bytes);
  }
}

}  // namespace core
