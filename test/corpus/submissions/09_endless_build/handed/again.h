#if __INCLUDE_LEVEL__ < 100
#include "again.h"
#include "again.h"
#endif
