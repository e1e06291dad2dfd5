// Buffers: finds room for arrays that are needed for a time each, in as few numbers as possible.
//
// A storage holds an array from the time of its making to that of its last use. The buffer of one
// whose time is over holds the next one. The result is a buffer, too, until it is made.
#pragma once

#include "system/list.h"

namespace nnconv {

class Buffers {
 public:
  // Returns a new storage, whose time begins after those of the storages before it.
  Index add(double count, Index begin);

  double count(Index storage) const { return storages_[storage].count; }

  // The last time at which a storage is used.
  Index end(Index storage) const { return storages_[storage].end; }
  void use(Index storage, Index time);

  // Finds a buffer for each storage; `result` is the one that is kept, or negative.
  void assign(Index result);

  // The numbers in all buffers but the result.
  double count() const;

  // Takes the memory of the buffers.
  void allocate();

  // The memory of a storage, where `result` is that of the result.
  double* numbers(Index storage, double* result);

 private:
  struct Storage {
    double count;
    Index begin, end, buffer;
  };
  struct Buffer {
    double count;
    Index busy_until;
  };

  Index find_buffer(const Storage& storage);

  List<Storage> storages_;
  List<Buffer> buffers_;
  List<Scratch<double>> memory_;
};

}  // namespace nnconv
