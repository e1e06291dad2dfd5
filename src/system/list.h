// List: a std::vector that is indexed and counted by Index.
#pragma once

#include <initializer_list>
#include <vector>

#include "system/scratch.h"

namespace nnconv {

template <class T>
class List : public std::vector<T> {
  using Vector = std::vector<T>;

 public:
  List() = default;
  List(std::initializer_list<T> values) : Vector(values) {}
  template <class Iterator>
  List(Iterator first, Iterator last) : Vector(first, last) {}

  T& operator[](Index i) { return Vector::operator[](static_cast<std::size_t>(i)); }
  const T& operator[](Index i) const { return Vector::operator[](static_cast<std::size_t>(i)); }
  Index size() const { return static_cast<Index>(Vector::size()); }
  void resize(Index count) { Vector::resize(memory_count(count)); }
  void assign(Index count, const T& value) { Vector::assign(memory_count(count), value); }
};

// A list of `count` equal values.
template <class T>
List<T> repeated(Index count, const T& value) {
  List<T> list;
  list.assign(count, value);
  return list;
}

}  // namespace nnconv
