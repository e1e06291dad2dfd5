// Thread pool: threads that stay between loops. Only threads.cpp knows it.
//
// Threads begin when a loop first needs them. Between loops they watch for the next one for a short
// time, as the loops of a call follow each other closely, and then sleep. end_threads() ends them,
// and so does the end of the process, where they sleep on memory that is never freed. A forked
// process has none of them and begins none: it must neither wait for threads nor touch what they
// wait on.
#pragma once

#include <functional>

namespace nnconv {

// Runs work(0) on the caller's thread and, at the same time, work(1), work(2), ... on up to
// `others` threads, and returns when all that have begun have returned. Nobody waits for a thread
// that comes late: none begins once some work() has returned, as that has found nothing left to do.
// Other threads may be fewer than wanted, or none: if the system refuses them, in a loop within a
// loop, and where another thread's loop has them. `work` must not throw. All threads round as the
// caller's does.
void run_with_threads(int others, const std::function<void(int)>& work);

// Ends the threads, which the next loop begins anew. It must not be called within a loop.
void end_threads();

// Is this process the fork of another, made since the library was loaded?
bool is_forked();

}  // namespace nnconv
