// Plan: the cost model, and the search for the cheapest panels.
#include "packing/plan.h"

#include <algorithm>
#include <vector>

#include "kernels/dispatch.h"

namespace nnconv {
namespace {

// Costs count vector multiply-adds for one cell and one step of its sum: one link and one summed
// channel.

// The cost of a tile's step: its products, its loads, or the wait for the step before, whichever
// takes longest.
double step_cost(double products, double loads) {
  return std::max({products, loads, 8.0});
}

// The cost of ending a tile's sum, spread over its steps.
double end_cost(double elements, double each, const Extent& e) {
  return elements * each / std::max(1.0, e.links * static_cast<double>(e.depth));
}

template <class T>
struct Width {
  Kernel<T> kernel;
  int index;
  double cost;  // of a panel
};

constexpr Index any_part = most_widths * 1024;

// Covers `channels` by panels at the least cost. A panel has to hold one of its last `least`
// channels: kernels that read by channels need one in their last vector, others take any_part of
// it.
template <class T>
List<Panel<T>> cover(Index channels, const std::vector<Width<T>>& widths, Index least,
                     double& total) {
  Index widest = 0;
  for (const Width<T>& w : widths) widest = std::max<Index>(widest, w.kernel.channels);
  // Channels beyond twice the widest panel take the first width; the rest is searched.
  const Index plain =
      channels <= 2 * widest ? 0 : divide_up(channels - 2 * widest, widths[0].kernel.channels);
  const Index searched = channels - plain * widths[0].kernel.channels;
  List<double> best = repeated(searched + 1, 1e300);
  List<const Width<T>*> choice = repeated<const Width<T>*>(searched + 1, nullptr);
  best[0] = 0;
  for (Index c = 1; c <= searched; ++c) {
    for (const Width<T>& w : widths) {
      if (c <= w.kernel.channels - least) continue;
      const double cost = w.cost + best[std::max<Index>(0, c - w.kernel.channels)];
      if (cost < best[c]) {
        best[c] = cost;
        choice[c] = &w;
      }
    }
  }
  List<Panel<T>> panels;
  Index channel = 0;
  total = static_cast<double>(plain) * widths[0].cost + best.back();
  const auto add = [&](const Width<T>& w) {
    const Index taken = std::min<Index>(w.kernel.channels, channels - channel);
    panels.push_back({channel, taken, w.kernel.channels, w.kernel, w.index});
    channel += taken;
  };
  for (Index i = 0; i < plain; ++i) add(widths[0]);
  while (channel < channels) add(*choice[channels - channel]);
  return panels;
}

// The widths of a list, each with the cost that `cost` assigns to its kernel.
template <class T, class Cost>
std::vector<Width<T>> widths_of(const Kernel<T> (&list)[most_widths], Cost cost) {
  std::vector<Width<T>> widths;
  for (int i = 0; i < most_widths && list[i].run != nullptr; ++i) {
    widths.push_back({list[i], i, cost(list[i])});
  }
  return widths;
}

template <class T>
Plan<T> depthwise_plan(const Extent& e, const KernelTable<T>& table) {
  const auto widths = widths_of(table.depthwise,
                                [](const Kernel<T>& k) { return static_cast<double>(k.channels); });
  double total;
  const Index channels = e.groups * e.batch;
  return {Family::depthwise,
          1,
          1,
          channels,
          1,
          1,
          1,
          cover<T>(channels, widths, table.lanes, total),
          &table};
}

// The channel widths, where every element of a finished sum costs `each`.
template <class T>
std::vector<Width<T>> channel_widths(const Extent& e, const KernelTable<T>& table, double each) {
  return widths_of(table.channel, [&](const Kernel<T>& k) {
    const double vectors = k.channels / table.lanes, sites = k.sites;
    return (step_cost(vectors * sites, vectors + sites) + end_cost(k.channels * sites, each, e)) /
           sites;
  });
}

template <class T>
Plan<T> channel_plan(const Extent& e, const KernelTable<T>& table, double& total) {
  const double each = e.batch > 1 ? 3 : 0.5;  // written one by one, or in vectors
  const auto widths = channel_widths(e, table, each);
  List<Panel<T>> panels = cover<T>(e.channels, widths, any_part, total);
  total *= static_cast<double>(e.batch);
  return {Family::channel, e.groups, e.depth, e.channels, 1, e.batch, 1, panels, &table};
}

template <class T>
Plan<T> image_plan(const Extent& e, const KernelTable<T>& table, double& total) {
  const Index vectors = divide_up(e.batch, table.lanes);
  Index most = 1;
  while (most < most_vectors && table.image[1][most][0].run != nullptr) ++most;
  const Index chunk = divide_up(vectors, divide_up(vectors, most));
  std::vector<Width<T>> widths;
  for (int i = 0; i < most_widths; ++i) {
    const Kernel<T>& k = table.image[i][chunk - 1][0];
    if (k.run == nullptr) continue;
    const double v = static_cast<double>(chunk), channels = k.channels;
    widths.push_back(
        {k, i,
         step_cost(v * channels, v + channels) + end_cost(v * table.lanes * channels, 0.5, e)});
  }
  List<Panel<T>> panels = cover<T>(e.channels, widths, any_part, total);
  const Index images = chunk * table.lanes;
  const Index chunks = divide_up(e.batch, images);
  total *= static_cast<double>(chunks);
  return {Family::image, e.groups, e.depth, e.channels, images, chunks, 1, panels, &table};
}

template <class T>
Plan<T> dot_plan(const Extent& e, const KernelTable<T>& table) {
  const auto widths = widths_of(table.dot, [](const Kernel<T>&) { return 1.0; });
  double total;
  return {Family::dot, e.groups, e.depth,     e.channels,
          1,           1,        table.lanes, cover<T>(e.channels, widths, 1, total),
          &table};
}

}  // namespace

template <class T>
Plan<T> make_plan(const Extent& e) {
  const KernelTable<T>& table = kernels<T>();
  if (e.groups > 1 && e.depth == 1 && e.channels == 1) return depthwise_plan(e, table);
  if (e.batch == 1 && e.channels <= 3 && e.depth >= 2 * table.lanes) {
    return dot_plan(e, table);
  }
  return make_dense_plan<T>(e);
}

template <class T>
Plan<T> make_dense_plan(const Extent& e) {
  const KernelTable<T>& table = kernels<T>();
  double by_channels, by_images;
  Plan<T> channels = channel_plan(e, table, by_channels);
  if (e.batch == 1) return channels;
  Plan<T> images = image_plan(e, table, by_images);
  return by_images < by_channels ? images : channels;
}

template <class T>
List<Panel<T>> channel_panels(Index channels) {
  double total;
  const auto widths = channel_widths<T>({1, 1, 1, channels, 1}, kernels<T>(), 0);
  return cover<T>(channels, widths, any_part, total);
}

template <class T>
List<Panel<T>> cell_panels(Index channels) {
  const KernelTable<T>& table = kernels<T>();
  std::vector<Width<T>> widths;
  for (int i = 0; i < most_widths; ++i) {
    int vectors = most_vectors;
    while (vectors > 0 && table.image[i][vectors - 1][0].run == nullptr) --vectors;
    if (vectors == 0) continue;
    const Kernel<T>& kernel = table.image[i][vectors - 1][0];
    const double v = vectors, width = kernel.channels;
    widths.push_back({kernel, i, step_cost(v * width, v + width) / v});
  }
  double total;
  return cover<T>(channels, widths, any_part, total);
}

template List<Panel<float>> channel_panels(Index);
template List<Panel<double>> channel_panels(Index);
template List<Panel<float>> cell_panels(Index);
template List<Panel<double>> cell_panels(Index);
template Plan<float> make_dense_plan(const Extent&);
template Plan<double> make_dense_plan(const Extent&);
template Plan<float> make_plan(const Extent&);
template Plan<double> make_plan(const Extent&);

}  // namespace nnconv
