// Direct: the loops around the tiles, the same for correlate and scatter.
//
//     group -> block of packed weights -> strip of columns -> item (some sites) -> panel -> tile
//
// A site is one cell of one image. The sites of a pair of runs, one per axis, share their links, so
// that any few of them can form a tile. Items are independent; threads share them out.
#include "algorithms/direct.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/dispatch.h"
#include "packing/pack_sources.h"
#include "packing/pack_weights.h"
#include "packing/pieces.h"
#include "packing/plan.h"
#include "system/scratch.h"
#include "system/threads.h"

namespace nnconv {
namespace {

constexpr Index cached_bytes = Index(1) << 19;   // of the inputs that all panels of an item read
constexpr Index most_sites = 96;                 // of an item
constexpr double items_per_thread = 4;           // at least, as long as there are panels to divide
constexpr std::size_t items_at_once = 8192;      // listed for the threads
constexpr Index links_at_once = Index(1) << 17;  // listed for a tile
constexpr Index products_per_step = 1 << 12;     // in the count of steps between checkpoints
constexpr Index packed_taps = Index(1) << 14;    // packed between checkpoints

// Neighbouring columns of a run of columns, and the source column at which they begin to read.
struct Strip {
  Index column, first, count, source;
};

// Sites first .. first + count - 1 of a strip and a run of rows, for some of a block's panels.
struct Item {
  const Strip* strip;
  const Run* row;
  Index first, count;
  Index first_panel, last_panel;
};

// Consecutive panels whose packed weights are held at once, for some of the depth.
struct Block {
  Index group, first_panel, panels, first_depth, depth;
};

template <class T>
class Direct {
 public:
  Direct(const Problem& problem, const Arrays& arrays, const std::vector<bool>& done,
         const Checkpoint& checkpoint)
      : p_(problem),
        a_(arrays),
        done_(done),
        checkpoint_(checkpoint),
        links_per_cell_(average_links(p_.rows) * average_links(p_.columns)),
        plan_(make_plan<T>({p_.to.batch, p_.groups, p_.depth(), p_.channels(), links_per_cell_})) {
    // Items fill whole tiles of 6 and of 8 sites where a site is one image's.
    const Index read =
        plan_.family == Family::depthwise ? plan_.channels : plan_.images * plan_.depth;
    const Index site_bytes = read * static_cast<Index>(sizeof(double));
    const Index unit = plan_.images > 1 || plan_.family == Family::depthwise ? 4 : 24;
    item_sites_ = std::clamp(cached_bytes / site_bytes / unit * unit, unit, most_sites);
    list_strips();
    list_taps();
    const Index widest = widest_panel(plan_.panels);
    depth_at_once_ = std::min(plan_.depth, direct_depth_at_once(p_.taps));
    slot_ = widest * p_.taps * padded(depth_at_once_);
    panels_at_once_ = std::max<Index>(1, packed_bytes / (slot_ * static_cast<Index>(sizeof(T))));
    panels_at_once_ = std::min(panels_at_once_, static_cast<Index>(plan_.panels.size()));
    item_panels_ = panels_at_once_;
    packed_.room(panels_at_once_ * slot_);
    start_.resize(static_cast<std::size_t>(panels_at_once_ * widest));
    start_slot_ = widest;
    threads_ = is_worth_threads() ? thread_count() : 1;
    reading_.resize(static_cast<std::size_t>(threads_));
    if (threads_ > 1) divide_panels();
  }

  void run() {
    const Index panels = static_cast<Index>(plan_.panels.size());
    for (Index group = 0; group < plan_.groups; ++group) {
      for (Index first = 0; first < panels; first += panels_at_once_) {
        const Index count = std::min(panels_at_once_, panels - first);
        for (Index depth = 0; depth < plan_.depth; depth += depth_at_once_) {
          run_block({group, first, count, depth, std::min(depth_at_once_, plan_.depth - depth)});
        }
      }
    }
  }

 private:
  // The state that a worker keeps from one item to the next.
  struct Reading {
    Sources<T> sources;
    std::vector<Index> link_x, link_panel;
  };

  const Run& columns_of(const Strip& strip) const {
    return p_.columns[static_cast<std::size_t>(strip.column)];
  }

  // Lists strips wide enough to fill tiles, in the order of their sources, so that the runs of all
  // phases find these in the caches.
  void list_strips() {
    Index most = 1;
    for (const Run& row : p_.rows) most = std::max(most, plan_.site_batch * row.count);
    const Index width = std::max<Index>(1, item_sites_ / most);
    for (std::size_t c = 0; c < p_.columns.size(); ++c) {
      const Run& column = p_.columns[c];
      const Index source = column.links.empty() ? 0 : column.links[0].source;
      for (Index first = 0; first < column.count; first += width) {
        strips_.push_back({static_cast<Index>(c), first, std::min(width, column.count - first),
                           source + first * column.source_step});
      }
    }
    std::sort(strips_.begin(), strips_.end(),
              [](const Strip& a, const Strip& b) { return a.source < b.source; });
  }

  // On small images, many taps of a large kernel reach no cell. Their weights are not packed.
  void list_taps() {
    const TapRange rows = linked_taps(p_.rows), columns = linked_taps(p_.columns);
    const Index height = p_.kernel_height;
    if (rows.last - rows.first == height) {
      linked_taps_.push_back({columns.first * height, columns.last * height});
      return;
    }
    for (Index v = columns.first; v < columns.last; ++v) {
      linked_taps_.push_back({v * height + rows.first, v * height + rows.last});
    }
  }

  // Divides the panels of a block among several items where threads would wait for the largest.
  void divide_panels() {
    double all = 0, largest = 0;
    for (const Strip& strip : strips_) {
      const Index links = columns_of(strip).links.size();
      for (std::size_t r = 0; r < p_.rows.size(); ++r) {
        if (is_done(strip, r)) continue;
        const Index sites = plan_.site_batch * p_.rows[r].count * strip.count;
        const double work = static_cast<double>(links * p_.rows[r].links.size() + 1);
        all += work * static_cast<double>(sites);
        largest = std::max(largest, work * static_cast<double>(std::min(item_sites_, sites)));
      }
    }
    const double parts = std::ceil(items_per_thread * threads_ * largest / std::max(all, 1.0));
    item_panels_ = divide_up(panels_at_once_, static_cast<Index>(parts));
  }

  bool is_done(const Strip& strip, std::size_t row) const {
    return !done_.empty() && done_[row + p_.rows.size() * static_cast<std::size_t>(strip.column)];
  }

  // Writing an element counts as 8 multiply-adds.
  bool is_worth_threads() const {
    const double cells = static_cast<double>(p_.to.height) * static_cast<double>(p_.to.width);
    const double steps = links_per_cell_ * static_cast<double>(plan_.depth);
    const double elements = cells * static_cast<double>(p_.to.batch * p_.to.channels);
    return elements * (steps + 8) > static_cast<double>(parallel_work);
  }

  // The depth that is packed.
  Index padded(Index depth) const {
    return divide_up(depth, plan_.depth_multiple) * plan_.depth_multiple;
  }

  const Panel<T>& panel_at(Index i) const { return plan_.panels[static_cast<std::size_t>(i)]; }

  void run_block(const Block& block) {
    parallel_for(
        block.panels, threads_, [&](Index i, int worker) { pack(block, i, worker); }, checkpoint_);

    std::vector<Item>& items = items_;
    const auto item = [&](Index i, int worker) {
      run_item(block, items[static_cast<std::size_t>(i)], worker);
    };
    const auto run_items = [&] {
      parallel_for(static_cast<Index>(items.size()), threads_, item, checkpoint_);
      items.clear();
    };
    for (const Strip& strip : strips_) {
      for (std::size_t r = 0; r < p_.rows.size(); ++r) {
        if (is_done(strip, r)) continue;
        const Run& row = p_.rows[r];
        const Index sites = plan_.site_batch * row.count * strip.count;
        for (Index first = 0; first < sites; first += item_sites_) {
          const Index count = std::min(item_sites_, sites - first);
          for (Index panel = 0; panel < block.panels; panel += item_panels_) {
            items.push_back(
                {&strip, &row, first, count, panel, std::min(panel + item_panels_, block.panels)});
          }
          if (items.size() >= items_at_once) run_items();
        }
      }
    }
    run_items();
  }

  void pack(const Block& block, Index i, int worker) {
    const Panel<T>& panel = panel_at(block.first_panel + i);
    T* start = start_.data() + i * start_slot_;
    PacedCheckpoint pace(checkpoint_, worker);
    for (const TapRange& taps : linked_taps_) {
      for (Index tap = taps.first; tap < taps.last; tap += packed_taps) {
        pace(packed_taps);
        const Index count = std::min(packed_taps, taps.last - tap);
        pack_taps(block, panel, tap, count, packed_.room(0) + i * slot_);
      }
    }
    const Index images = plan_.family == Family::depthwise ? p_.to.batch : 1;
    for (Index c = 0; c < panel.width; ++c) {
      const Index channel = block.group * plan_.channels + (panel.channel + c) / images;
      const bool is_present = a_.bias != nullptr && c < panel.channels;
      start[c] = is_present ? static_cast<T>(a_.bias[channel]) : T(0);
    }
  }

  void pack_taps(const Block& block, const Panel<T>& panel, Index tap, Index taps, T* packed) {
    const double* const weight = a_.weight + tap * p_.weights.tap_step;
    if (plan_.family == Family::depthwise) {
      pack_depthwise(weight, p_.weights, p_.to.batch, panel.channel, panel.channels, taps,
                     panel.width, packed + tap * panel.width);
      return;
    }
    const WeightBlock some = {block.group,       panel.channel, panel.channels,
                              block.first_depth, block.depth,   taps};
    T* const to = packed + tap * panel.width * padded(block.depth);
    if (plan_.family == Family::dot) {
      pack_dot_panel(weight, p_.weights, some, panel.width, padded(block.depth), to);
    } else {
      pack_panel(weight, p_.weights, some, panel.width, to);
    }
  }

  void run_item(const Block& block, const Item& item, int worker) {
    Reading& reading = reading_[static_cast<std::size_t>(worker)];
    PacedCheckpoint pace(checkpoint_, worker);
    const Run& row = *item.row;
    const Run& column = columns_of(*item.strip);
    Sources<T>& sources = reading.sources;
    const Sites sites = sites_of(item);
    sources.take(a_.x, p_.from, slab_of(block, sites), {&row, sites.row, sites.rows},
                 {&column, sites.column, sites.columns}, *plan_.table, pace);
    Index site_x[most_sites], site_y[most_sites], image[most_sites];
    list_sites(item, sites, sources, site_x, site_y, image);

    Tile<T> tile = {};
    tile.x_step = sources.channel_step;
    tile.depth = block.depth;
    tile.y_step = plan_.family == Family::depthwise ? 1 : p_.to.channel_step();
    double* y = a_.y + block.group * plan_.channels * tile.y_step + row.first * p_.to.row_step() +
                column.first * p_.to.column_step();
    const Index links = row.links.size() * column.links.size();
    Index link = 0;
    do {
      list_links(block, row, column, link, std::min(links_at_once, links - link), reading);
      tile.links = static_cast<Index>(reading.link_x.size());
      tile.link_x = reading.link_x.data();
      tile.link_panel = reading.link_panel.data();
      tile.goes_on = block.first_depth + block.depth < plan_.depth || link + links_at_once < links;
      set_pieces(tile, plan_.depth_multiple);
      for (Index i = item.first_panel; i < item.last_panel; ++i) {
        const Panel<T>& panel = panel_at(block.first_panel + i);
        tile.x = plan_.family == Family::depthwise ? sources.x + panel.channel : sources.x;
        tile.panel = packed_.room(0) + i * slot_;
        const bool starts = block.first_depth == 0 && link == 0;
        tile.start = starts ? start_.data() + i * start_slot_ : nullptr;
        tile.y = y + panel.channel * tile.y_step;
        tile.channels = panel.channels;
        for (Index j = 0; j < item.count;) {
          tile.site_x = site_x + j;
          tile.site_y = site_y + j;
          j += run_tile(plan_, panel, tile, item.count - j, p_.to.batch - image[j]);
          pace(1 + tile.links * tile.depth * tile.sites * panel.width / products_per_step);
        }
      }
      link += links_at_once;
    } while (link < links);
  }

  // Lists the links first .. first + count - 1 of a pair of runs, those of the rows fastest.
  void list_links(const Block& block, const Run& row, const Run& column, Index first, Index count,
                  Reading& reading) const {
    reading.link_x.clear();
    reading.link_panel.clear();
    const Index row_links = row.links.size();
    Index u = row_links == 0 ? 0 : first % row_links;
    Index v = row_links == 0 ? 0 : first / row_links;
    for (; count > 0; ++v, u = 0) {
      const Index tap = p_.kernel_height * column.links[v].tap;
      for (; u < row_links && count > 0; ++u, --count) {
        reading.link_x.push_back(reading.sources.row.link[u] + reading.sources.column.link[v]);
        reading.link_panel.push_back((row.links[u].tap + tap) * padded(block.depth));
      }
    }
  }

  // The cells that an item covers: if they lie in a single column, only some of its rows; if there
  // is a single cell, only some of its images.
  struct Sites {
    Index row, rows, column, columns, image, images;
  };

  Sites sites_of(const Item& item) const {
    const Index height = item.row->count, batch = plan_.site_batch;
    const Index last = item.first + item.count - 1;
    const Index first_cell = item.first / batch, last_cell = last / batch;
    const Index first_column = first_cell / height, last_column = last_cell / height;
    Sites s = {0, height,     item.strip->first + first_column, last_column - first_column + 1,
               0, p_.to.batch};
    if (s.columns == 1) {
      s.row = first_cell % height;
      s.rows = last_cell - first_cell + 1;
      if (s.rows == 1) {
        s.image = item.first % batch * plan_.images;
        s.images = std::min(item.count * plan_.images, p_.to.batch - s.image);
      }
    }
    return s;
  }

  Slab slab_of(const Block& block, const Sites& sites) const {
    if (plan_.family == Family::depthwise) return {0, p_.from.channels, 0, p_.from.batch};
    return {block.group * plan_.depth + block.first_depth, block.depth, sites.image, sites.images};
  }

  // Lists the sites in the order of memory: images fastest, then rows, then columns.
  void list_sites(const Item& item, const Sites& sites, const Sources<T>& sources, Index* x,
                  Index* y, Index* image) const {
    const Run& row = *item.row;
    const Run& column = columns_of(*item.strip);
    Index n = item.first % plan_.site_batch;
    Index h = item.first / plan_.site_batch % row.count;
    Index w = item.strip->first + item.first / plan_.site_batch / row.count;
    for (Index j = 0; j < item.count; ++j) {
      image[j] = n * plan_.images;
      x[j] = image[j] - sites.image + (h - sites.row) * sources.row.step +
             (w - sites.column) * sources.column.step;
      y[j] = image[j] + h * row.step * p_.to.row_step() + w * column.step * p_.to.column_step();
      if (++n == plan_.site_batch) {
        n = 0;
        if (++h == row.count) {
          h = 0;
          ++w;
        }
      }
    }
  }

  const Problem& p_;
  const Arrays& a_;
  const std::vector<bool>& done_;
  const Checkpoint& checkpoint_;
  double links_per_cell_;
  Plan<T> plan_;
  std::vector<Strip> strips_;
  std::vector<Item> items_;
  Index item_sites_, item_panels_, depth_at_once_, panels_at_once_, slot_, start_slot_;
  Scratch<T> packed_;
  std::vector<T> start_;
  std::vector<TapRange> linked_taps_;
  int threads_;
  std::vector<Reading> reading_;  // one for each worker
};

}  // namespace

// The widest panel, 64 channels of doubles, fills packed_bytes.
Index direct_depth_at_once(Index taps) {
  const Index fits = std::max<Index>(1, packed_bytes / (64 * 8) / taps);
  return fits < 16 ? fits : fits / 16 * 16;  // whole vectors
}

template <class T>
void contract_directly(const Problem& problem, const Arrays& arrays, const std::vector<bool>& done,
                       const Checkpoint& checkpoint) {
  Direct<T>(problem, arrays, done, checkpoint).run();
}

template void contract_directly<float>(const Problem&, const Arrays&, const std::vector<bool>&,
                                       const Checkpoint&);
template void contract_directly<double>(const Problem&, const Arrays&, const std::vector<bool>&,
                                        const Checkpoint&);

}  // namespace nnconv
