// Allocator: counters in front of malloc() and of pthread_create().
#include "allocator.h"

#include <atomic>
#include <cstdlib>
#include <new>

#ifdef NNCONV_INTERPOSE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#endif

namespace {

std::atomic<long> until_failure{0}, live{0}, allowed{-1}, refused{0};
std::atomic<bool> failed{false};

void* counted(void* block) {
  if (block == nullptr) throw std::bad_alloc();
  ++live;
  return block;
}

void count_down() {
  if (until_failure > 0 && --until_failure == 0) {
    failed = true;
    throw std::bad_alloc();
  }
}

void release(void* block) {
  if (block == nullptr) return;
  --live;
  std::free(block);
}

}  // namespace

void* operator new(std::size_t bytes) {
  count_down();
  return counted(std::malloc(bytes > 0 ? bytes : 1));
}
void operator delete(void* block) noexcept {
  release(block);
}
void operator delete(void* block, std::size_t) noexcept {
  release(block);
}
// Those of the library forward to these, those of a sanitizer do not.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  try {
    return operator new(bytes);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void* operator new[](std::size_t bytes) {
  return operator new(bytes);
}
void operator delete[](void* block) noexcept {
  release(block);
}
void operator delete[](void* block, std::size_t) noexcept {
  release(block);
}

#ifndef _WIN32  // where aligned blocks need a free() of their own
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  count_down();
  const std::size_t unit = static_cast<std::size_t>(alignment);
  return counted(std::aligned_alloc(unit, (bytes / unit + 1) * unit));
}
void operator delete(void* block, std::align_val_t) noexcept {
  release(block);
}
void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
  release(block);
}
#endif

#ifdef NNCONV_INTERPOSE
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*body)(void*), void* argument) {
  if (allowed == 0) {
    ++refused;
    return EAGAIN;
  }
  if (allowed > 0) --allowed;
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const Create create = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  return create(thread, attributes, body, argument);
}
#endif

namespace core {

void fail_allocation(long k) {
  failed = false;
  until_failure = k;
}

bool has_failed() {
  return failed;
}

long live_allocations() {
  return live;
}

bool allow_threads(long count) {
  allowed = count;
#ifdef NNCONV_INTERPOSE
  return true;
#else
  return false;
#endif
}

long refused_threads() {
  return refused;
}

}  // namespace core
