// Join steps: sums, and copies cell by cell.
#include "network/join_steps.h"

#include <algorithm>

#include "arrays/strided_copy.h"

namespace nnconv {
namespace {

void copy(const double* from, const std::vector<BoxAxis>& axes, double* to,
          const Checkpoint& checkpoint) {
  const Reader read = [from](Index base, const Offsets& offsets, double* numbers) {
    if (offsets.is_contiguous) {
      std::copy_n(from + base, offsets.at.size(), numbers);
    } else {
      for (const Index at : offsets.at) *numbers++ = from[base + at];
    }
  };
  copy_box(axes, read, to, checkpoint);
}

}  // namespace

bool AddStep::fit(const Shape& input, const Shape* other, Shape& result) {
  count_ = static_cast<Index>(input.count());
  result = input;
  return other && *other == input;
}

void AddStep::run(const double* input, const double* other, double* result,
                  const Checkpoint& checkpoint) const {
  for_parts(count_, checkpoint, [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) result[i] = other[i] + input[i];
  });
}

void AddStep::back(const Gradients& g, const Checkpoint& checkpoint) const {
  for (double* const to : {g.of_other, g.of_input}) {
    if (to && to != g.of_result) copy(g.of_result, {{count_, 1, 1}}, to, checkpoint);
  }
}

bool ConcatStep::fit(const Shape& input, const Shape* other, Shape& result) {
  const std::optional<int> at = input.channel_axis(axes_);
  if (!at || !other || other->rank != input.rank) return false;
  const auto channels = static_cast<std::size_t>(*at);
  result = *other;
  result.extents[channels] = input.extents[channels];
  if (!(result == input)) return false;
  result.extents[channels] += other->extents[channels];
  const double images = *at == 1 ? input.extents[0] : 1;
  of_input_ = static_cast<Index>(images * input.extents[channels]);
  of_other_ = static_cast<Index>(images * other->extents[channels]);
  cells_ = 1;
  for (auto i = channels + 1; i < static_cast<std::size_t>(input.rank); ++i) {
    cells_ *= static_cast<Index>(input.extents[i]);
  }
  return true;
}

void ConcatStep::run(const double* input, const double* other, double* result,
                     const Checkpoint& checkpoint) const {
  const Index cell = of_other_ + of_input_;
  copy(other, {{of_other_, 1, 1}, {cells_, of_other_, cell}}, result, checkpoint);
  copy(input, {{of_input_, 1, 1}, {cells_, of_input_, cell}}, result + of_other_, checkpoint);
}

void ConcatStep::back(const Gradients& g, const Checkpoint& checkpoint) const {
  const Index cell = of_other_ + of_input_;
  if (g.of_other) {
    copy(g.of_result, {{of_other_, 1, 1}, {cells_, cell, of_other_}}, g.of_other, checkpoint);
  }
  if (g.of_input) {
    const std::vector<BoxAxis> axes = {{of_input_, 1, 1}, {cells_, cell, of_input_}};
    copy(g.of_result + of_other_, axes, g.of_input, checkpoint);
  }
}

}  // namespace nnconv
