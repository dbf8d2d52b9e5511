#include "shape/shape.h"
