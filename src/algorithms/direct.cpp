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

#include "algorithms/direct_items.h"
#include "algorithms/direct_weights.h"
#include "kernels/dispatch.h"
#include "packing/pack_sources.h"
#include "packing/pieces.h"
#include "packing/plan.h"
#include "system/threads.h"

namespace nnconv {
namespace {

constexpr Index cached_bytes = Index(1) << 19;   // of the inputs that all panels of an item read
constexpr double items_per_thread = 4;           // at least, as long as there are panels to divide
constexpr Index items_at_once = 8192;            // listed for the threads
constexpr Index links_at_once = Index(1) << 17;  // listed for a tile

// Items fill whole tiles of 6 and of 8 sites where a site is one image's.
template <class T>
Index sites_of_item(const Plan<T>& plan) {
  const bool is_depthwise = plan.family == Family::depthwise;
  const Index read = is_depthwise ? plan.channels : plan.images * plan.depth;
  const Index site_bytes = read * static_cast<Index>(sizeof(double));
  const Index unit = plan.images > 1 || is_depthwise ? 4 : 24;
  return std::clamp(cached_bytes / site_bytes / unit * unit, unit, most_sites);
}

template <class T>
class Direct {
 public:
  Direct(const Problem& problem, const Arrays& arrays, const std::vector<bool>& done,
         const Checkpoint& checkpoint)
      : p_(problem),
        a_(arrays),
        checkpoint_(checkpoint),
        links_per_cell_(average_links(p_.rows) * average_links(p_.columns)),
        plan_(make_plan<T>({p_.to.batch, p_.groups, p_.depth(), p_.channels(), links_per_cell_})),
        cell_sites_({p_.to.batch, plan_.images, plan_.site_batch}),
        items_(p_, done, cell_sites_, sites_of_item(plan_)),
        weights_(p_, a_, plan_),
        item_panels_(weights_.at_once()) {
    threads_ = is_worth_threads() ? thread_count() : 1;
    reading_.resize(threads_);
    if (threads_ > 1) divide_panels();
  }

  void run() {
    weights_.for_blocks([&](const DirectBlock& block) { run_block(block); });
  }

 private:
  // The state that a worker keeps from one item to the next.
  struct Reading {
    Sources<T> sources;
    List<Index> link_x, link_panel;
  };

  // Divides the panels of a block among several items where threads would wait for the largest.
  void divide_panels() {
    const double parts = std::ceil(items_per_thread * threads_ * items_.largest_share());
    item_panels_ = divide_up(weights_.at_once(), static_cast<Index>(parts));
  }

  // Writing an element counts as 8 multiply-adds.
  bool is_worth_threads() const {
    const double cells = static_cast<double>(p_.to.height) * static_cast<double>(p_.to.width);
    const double steps = links_per_cell_ * static_cast<double>(plan_.depth);
    const double elements = cells * static_cast<double>(p_.to.batch * p_.to.channels);
    return elements * (steps + 8) > static_cast<double>(parallel_work);
  }

  void run_block(const DirectBlock& block) {
    const auto pack = [&](Index i, int worker) {
      PacedCheckpoint pace(checkpoint_, worker);
      weights_.pack(block, i, pace);
    };
    parallel_for(block.panels, weights_.are_packed() ? 1 : threads_, pack, checkpoint_);
    const auto run_listed = [&] {
      const auto run = [&](Index i, int worker) { run_item(block, listed_[i], worker); };
      parallel_for(listed_.size(), threads_, run, checkpoint_);
      listed_.clear();
    };
    items_.for_each([&](DirectItem item) {
      for (Index panel = 0; panel < block.panels; panel += item_panels_) {
        item.first_panel = panel;
        item.last_panel = std::min(panel + item_panels_, block.panels);
        listed_.push_back(item);
      }
      if (listed_.size() >= items_at_once) run_listed();
    });
    run_listed();
  }

  void run_item(const DirectBlock& block, const DirectItem& item, int worker) {
    Reading& reading = reading_[worker];
    PacedCheckpoint pace(checkpoint_, worker);
    const Run &row = *item.row, &column = *item.column;
    Sources<T>& sources = reading.sources;
    const ItemCells cells = cells_of(item, cell_sites_);
    sources.take(a_.x, p_.from, slab_of(block, cells), {&row, cells.row, cells.rows},
                 {&column, cells.column, cells.columns}, *plan_.table, pace);
    ItemSites sites;
    sites.list(item, cells, cell_sites_,
               {sources.row.step, sources.column.step, row.step * p_.to.row_step(),
                column.step * p_.to.column_step()});

    Tile<T> tile = {};
    tile.x_step = sources.channel_step;
    tile.depth = block.depth;
    tile.y_step = plan_.family == Family::depthwise ? 1 : p_.to.channel_step();
    double* y = a_.y + block.group * plan_.channels * tile.y_step + row.first * p_.to.row_step() +
                column.first * p_.to.column_step();
    const Index links = row.links.size() * column.links.size();
    Index link = 0;
    do {
      list_links(block, item, link, std::min(links_at_once, links - link), reading);
      tile.links = reading.link_x.size();
      tile.link_x = reading.link_x.data();
      tile.link_panel = reading.link_panel.data();
      tile.goes_on = block.first_depth + block.depth < plan_.depth || link + links_at_once < links;
      set_pieces(tile, plan_.depth_multiple);
      for (Index i = item.first_panel; i < item.last_panel; ++i) {
        const Panel<T>& panel = weights_.panel(block, i);
        tile.x = plan_.family == Family::depthwise ? sources.x + panel.channel : sources.x;
        tile.panel = weights_.weights(i);
        const bool starts = block.first_depth == 0 && link == 0;
        tile.start = starts ? weights_.start(i) : nullptr;
        tile.y = y + panel.channel * tile.y_step;
        tile.channels = panel.channels;
        for (Index j = 0; j < item.count;) {
          tile.site_x = sites.x + j;
          tile.site_y = sites.y + j;
          j += run_tile(plan_, panel, tile, item.count - j, p_.to.batch - sites.image[j]);
          pace.products(tile.links * tile.depth * tile.sites * panel.width);
        }
      }
      link += links_at_once;
    } while (link < links);
  }

  // Lists the links first .. first + count - 1 of a pair of runs, those of the rows fastest.
  void list_links(const DirectBlock& block, const DirectItem& item, Index first, Index count,
                  Reading& reading) const {
    const Links &rows = item.row->links, &columns = item.column->links;
    reading.link_x.clear();
    reading.link_panel.clear();
    const Index row_links = rows.size();
    Index u = row_links == 0 ? 0 : first % row_links;
    Index v = row_links == 0 ? 0 : first / row_links;
    for (; count > 0; ++v, u = 0) {
      const Index tap = p_.kernel_height * columns[v].tap;
      for (; u < row_links && count > 0; ++u, --count) {
        reading.link_x.push_back(reading.sources.row.link[u] + reading.sources.column.link[v]);
        reading.link_panel.push_back((rows[u].tap + tap) * weights_.padded(block.depth));
      }
    }
  }

  Slab slab_of(const DirectBlock& block, const ItemCells& cells) const {
    if (plan_.family == Family::depthwise) return {0, p_.from.channels, 0, p_.from.batch};
    return {block.group * plan_.depth + block.first_depth, block.depth, cells.image, cells.images};
  }

  const Problem& p_;
  const Arrays& a_;
  const Checkpoint& checkpoint_;
  double links_per_cell_;
  Plan<T> plan_;
  CellSites cell_sites_;
  DirectItems items_;
  DirectWeights<T> weights_;
  Index item_panels_;
  List<DirectItem> listed_;
  int threads_;
  List<Reading> reading_;  // one for each worker
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
