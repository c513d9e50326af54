#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stdbool.h>

/// Whether allocations are counted: on Linux with glibc, without a sanitizer, which brings an allocator of its own.
bool allocation_counter_is_available(void);

/// How many blocks of memory the calling thread has asked the allocator for so far.
long allocation_counter_of_this_thread(void);

#endif
