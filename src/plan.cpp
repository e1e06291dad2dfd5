// Plan: the cost model and the panels.
#include "plan.h"

#include <algorithm>

#include "dispatch.h"

namespace nnconv {
namespace {

Index divide_up(Index a, Index b) {
  return (a + b - 1) / b;
}

// Covers `rows` by the given kernels, from wide to narrow: each as often as it is filled, and
// the narrowest once more for the rest.
template <class T>
std::vector<Panel<T>> cover(Index rows, const std::vector<Kernel<T>>& kernels) {
  std::vector<Panel<T>> panels;
  Index row = 0;
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    const Index width = kernels[i].rows;
    const bool narrowest = i + 1 == kernels.size();
    while (rows - row >= width || (narrowest && row < rows)) {
      const Index taken = std::min(width, rows - row);
      panels.push_back({row, taken, width, kernels[i], static_cast<int>(i)});
      row += taken;
    }
  }
  return panels;
}

// Cost of a tile step relative to its sums: loads besides, and the latency of few sums.
double step_cost(double sums, double loads) {
  return std::max({sums, loads / 2, 8.0});
}

template <class T>
double channel_cost(const KernelTable<T>& table, const std::vector<Panel<T>>& panels,
                    Index batch) {
  double cost = 0;
  for (const Panel<T>& panel : panels) {
    const double vectors = static_cast<double>(panel.width / table.lanes);
    const double sites = panel.kernel.sites;
    cost += step_cost(vectors * sites, vectors + sites) / sites;
  }
  return cost * static_cast<double>(batch);
}

template <class T>
double image_cost(const KernelTable<T>& table, const std::vector<Panel<T>>& panels, Index batch,
                  Index images) {
  const double vectors = static_cast<double>(divide_up(std::min(batch, images), table.lanes));
  double cost = 0;
  for (const Panel<T>& panel : panels) {
    const double rows = static_cast<double>(panel.width);
    cost += step_cost(vectors * rows, vectors + rows);
  }
  return cost * static_cast<double>(divide_up(batch, images));
}

}  // namespace

template <class T>
Plan<T> make_plan(const Extent& e) {
  const KernelTable<T>& table = kernels<T>();
  Plan<T> plan = {Family::channel, e.groups, e.channels_in, e.channels_out, 1,
                  e.batch,         {},       &table};
  if (e.groups > 1 && e.channels_in == 1 && e.channels_out == 1) {
    plan.family = Family::depthwise;
    plan.groups = 1;
    plan.rows = e.groups * e.batch;
    plan.site_batch = 1;
    plan.panels = cover<T>(plan.rows, {table.depthwise, table.depthwise + table.widths});
    return plan;
  }
  plan.panels = cover<T>(plan.rows, {table.channel, table.channel + table.widths});

  const Index vectors = divide_up(e.batch, table.lanes);
  const Index chunks = divide_up(vectors, table.image_vectors);
  const Index images = divide_up(vectors, chunks) * table.lanes;
  std::vector<Kernel<T>> by_rows;
  for (int i = 0; i < image_widths; ++i) by_rows.push_back(table.image[i][0][0]);
  std::vector<Panel<T>> image_panels = cover<T>(plan.rows, by_rows);
  if (image_cost(table, image_panels, e.batch, images) <=
      channel_cost(table, plan.panels, e.batch)) {
    plan.family = Family::image;
    plan.images = images;
    plan.site_batch = divide_up(e.batch, images);
    plan.panels = image_panels;
  }
  return plan;
}

template Plan<float> make_plan(const Extent&);
template Plan<double> make_plan(const Extent&);

}  // namespace nnconv
