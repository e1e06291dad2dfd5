// Plan: the cost model and the panels.
#include "packing/plan.h"

#include <algorithm>
#include <vector>

#include "kernels/dispatch.h"

namespace nnconv {
namespace {

// Costs are in vector multiply-adds, for one step of the sum (one link, one channel) and one
// cell.

// A tile's step: its products, or the loads where these take longer, or waiting for the last
// step.
double step_cost(double products, double loads) {
  return std::max({products, loads, 8.0});
}

// The end of a tile's sum, spread over its steps.
double end_cost(double elements, double each, const Extent& e) {
  return elements * each / std::max(1.0, e.links * static_cast<double>(e.channels_in));
}

template <class T>
struct Width {
  Kernel<T> kernel;
  int index;
  double cost;  // of a panel
};

constexpr Index any_part = most_widths * 1024;

// Covers `rows` by panels at the least cost. Of a panel's last `least` rows one has to be
// there: for kernels that read by rows, those of the last vector; otherwise any_part of it will
// do.
template <class T>
std::vector<Panel<T>> cover(Index rows, const std::vector<Width<T>>& widths, Index least,
                            double& total) {
  Index widest = 0;
  for (const Width<T>& w : widths) widest = std::max<Index>(widest, w.kernel.rows);
  // Rows beyond twice the widest panel take the first width; the rest is searched.
  const Index plain = rows <= 2 * widest ? 0 : divide_up(rows - 2 * widest, widths[0].kernel.rows);
  const Index searched = rows - plain * widths[0].kernel.rows;
  std::vector<double> best(static_cast<std::size_t>(searched) + 1, 1e300);
  std::vector<const Width<T>*> choice(best.size(), nullptr);
  best[0] = 0;
  for (Index r = 1; r <= searched; ++r) {
    for (const Width<T>& w : widths) {
      if (r <= w.kernel.rows - least) continue;
      const double cost =
          w.cost + best[static_cast<std::size_t>(std::max<Index>(0, r - w.kernel.rows))];
      if (cost < best[static_cast<std::size_t>(r)]) {
        best[static_cast<std::size_t>(r)] = cost;
        choice[static_cast<std::size_t>(r)] = &w;
      }
    }
  }
  std::vector<Panel<T>> panels;
  Index row = 0;
  total = static_cast<double>(plain) * widths[0].cost + best.back();
  const auto add = [&](const Width<T>& w) {
    const Index taken = std::min<Index>(w.kernel.rows, rows - row);
    panels.push_back({row, taken, w.kernel.rows, w.kernel, w.index});
    row += taken;
  };
  for (Index i = 0; i < plain; ++i) add(widths[0]);
  while (row < rows) add(*choice[static_cast<std::size_t>(rows - row)]);
  return panels;
}

// The widths of a list, with the cost that `cost` gives a kernel.
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
  const auto widths =
      widths_of(table.depthwise, [](const Kernel<T>& k) { return static_cast<double>(k.rows); });
  double total;
  const Index rows = e.groups * e.batch;
  return {
      Family::depthwise, 1, 1, rows, 1, 1, 1, cover<T>(rows, widths, table.lanes, total), &table};
}

// What each width costs where a finished sum's elements cost `each`.
template <class T>
std::vector<Width<T>> channel_widths(const Extent& e, const KernelTable<T>& table, double each) {
  return widths_of(table.channel, [&](const Kernel<T>& k) {
    const double vectors = k.rows / table.lanes, sites = k.sites;
    return (step_cost(vectors * sites, vectors + sites) + end_cost(k.rows * sites, each, e)) /
           sites;
  });
}

template <class T>
Plan<T> channel_plan(const Extent& e, const KernelTable<T>& table, double& total) {
  const double each = e.batch > 1 ? 3 : 0.5;  // written one by one, or in vectors
  const auto widths = channel_widths(e, table, each);
  std::vector<Panel<T>> panels = cover<T>(e.channels_out, widths, any_part, total);
  total *= static_cast<double>(e.batch);
  return {Family::channel, e.groups, e.channels_in, e.channels_out, 1, e.batch, 1, panels, &table};
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
    const double v = static_cast<double>(chunk), rows = k.rows;
    widths.push_back(
        {k, i, step_cost(v * rows, v + rows) + end_cost(v * table.lanes * rows, 0.5, e)});
  }
  std::vector<Panel<T>> panels = cover<T>(e.channels_out, widths, any_part, total);
  const Index images = chunk * table.lanes;
  const Index chunks = divide_up(e.batch, images);
  total *= static_cast<double>(chunks);
  return {Family::image, e.groups, e.channels_in, e.channels_out, images,
          chunks,        1,        panels,        &table};
}

template <class T>
Plan<T> dot_plan(const Extent& e, const KernelTable<T>& table) {
  const auto widths = widths_of(table.dot, [](const Kernel<T>&) { return 1.0; });
  double total;
  return {Family::dot, e.groups, e.channels_in, e.channels_out,
          1,           1,        table.lanes,   cover<T>(e.channels_out, widths, 1, total),
          &table};
}

}  // namespace

template <class T>
Plan<T> make_plan(const Extent& e) {
  const KernelTable<T>& table = kernels<T>();
  if (e.groups > 1 && e.channels_in == 1 && e.channels_out == 1) return depthwise_plan(e, table);
  if (e.batch == 1 && e.channels_out <= 3 && e.channels_in >= 2 * table.lanes) {
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
Plan<T> make_few_plan(const Extent& e) {
  const KernelTable<T>& table = kernels<T>();
  const bool long_sums = e.channels_in >= 2 * table.lanes;
  return e.batch == 1 && long_sums ? dot_plan(e, table) : make_dense_plan<T>(e);
}

template <class T>
std::vector<Panel<T>> channel_panels(Index rows) {
  double total;
  const auto widths = channel_widths<T>({1, 1, 1, rows, 1}, kernels<T>(), 0);
  return cover<T>(rows, widths, any_part, total);
}

template std::vector<Panel<float>> channel_panels(Index);
template std::vector<Panel<double>> channel_panels(Index);
template Plan<float> make_dense_plan(const Extent&);
template Plan<double> make_dense_plan(const Extent&);
template Plan<float> make_few_plan(const Extent&);
template Plan<double> make_few_plan(const Extent&);
template Plan<float> make_plan(const Extent&);
template Plan<double> make_plan(const Extent&);

}  // namespace nnconv
