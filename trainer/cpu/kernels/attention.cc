// Causal attention, one head of one sequence at a time, by blocks of queries: a
// block sees only the keys up to its last query, so that most of the upper
// triangle of scores is never computed. The backward pass computes the scores
// anew from the queries, the keys and the softmax's largest score and sum (Dao
// et al. 2022).
#include "trainer/cpu/kernels/attention.h"

#include "trainer/cpu/kernels/matmul.h"
#include "trainer/cpu/kernels/vector.h"

namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET {
namespace {

constexpr int64_t kQueries = 16;  // in a block
static_assert(kQueries % kBlock == 0);

int64_t Padded(int64_t count) { return (count + kBlock - 1) / kBlock * kBlock; }

// Distance of rows of scores; not a multiple of 4096 bytes, which would put all
// rows into few sets of the cache.
int64_t ScoreStride(int64_t time) {
  const int64_t padded = Padded(time);
  return padded % 32 == 0 ? padded + kBlock : padded;
}

// to [columns, padded time] = from [time, columns] transposed.
void Transpose(const float* from, int64_t stride, int64_t time, int64_t columns,
               float* to, int64_t to_stride) {
  for (int64_t i = 0; i < columns; ++i) {
    for (int64_t t = 0; t < time; ++t)
      to[i * to_stride + t] = from[t * stride + i];
    for (int64_t t = time; t < Padded(time); ++t) to[i * to_stride + t] = 0;
  }
}

// The parts of `scratch`, and of one head's operands.
struct Head {
  int64_t score_stride, block_begin, queries, keys;
  const float* query;
  const float* key;
  const float* value;
  float* keys_transposed;    // [head_columns, padded time]
  float* values_transposed;  // same
  float* probabilities;      // [time, padded time]
  float* changes;            // same: gradients of the scores
};

// Scores of one block: rows [queries, padded keys] at `to`.
void Scores(const AttentionPass& pass, const Head& head, const float* rows,
            int64_t stride, const float* transposed, float scale, float* to) {
  Multiply({head.queries, Padded(head.keys), pass.head_columns, rows, stride,
            false, transposed, head.score_stride, false, to, head.score_stride,
            scale, nullptr, nullptr, false});
}

Head MakeHead(const AttentionPass& pass, int64_t index) {
  const int64_t shared = index * pass.kv_heads / pass.heads;
  const float* keys = pass.qkv + pass.heads * pass.head_columns;
  Head head{};
  head.score_stride = ScoreStride(pass.time);
  head.query = pass.qkv + index * pass.head_columns;
  head.key = keys + shared * pass.head_columns;
  head.value = keys + (pass.kv_heads + shared) * pass.head_columns;
  const int64_t operand = pass.head_columns * head.score_stride;
  head.keys_transposed = pass.scratch;
  head.values_transposed = head.keys_transposed + operand;
  head.probabilities = head.values_transposed + operand;
  head.changes = head.probabilities + pass.time * head.score_stride;
  return head;
}

void SetBlock(const AttentionPass& pass, int64_t begin, Head& head) {
  head.block_begin = begin;
  head.queries = pass.time - begin < kQueries ? pass.time - begin : kQueries;
  head.keys = begin + head.queries;
}

// Turns `count` scores into exponentials and the padding after them into 0;
// returns their sum. Sets `max`.
float Exponentials(float* scores, int64_t count, int64_t padded, float* max) {
  const Vector lowest = Broadcast(-3e38f);
  const int64_t whole = count / kLanes * kLanes;
  Vector running_max = lowest;
  for (int64_t i = 0; i < whole; i += kLanes) {
    running_max = Max(running_max, Load(scores + i));
  }
  if (whole < count) {
    running_max =
        Max(running_max, First(count - whole, Load(scores + whole), lowest));
  }
  *max = MaxLane(running_max);
  const Vector shift = Broadcast(*max);
  Vector total = {};
  for (int64_t i = 0; i < whole; i += kLanes) {
    const Vector e = Exp(Load(scores + i) - shift);
    Store(scores + i, e);
    total += e;
  }
  for (int64_t i = whole; i < padded; i += kLanes) {
    const Vector e = First(count > i ? count - i : 0,
                           Exp(Load(scores + i) - shift), Vector{});
    Store(scores + i, e);
    total += e;
  }
  return Sum(total);
}

}  // namespace

int64_t AttentionScratch(int64_t time, int64_t head_columns) {
  return 2 * ScoreStride(time) * (head_columns + time);
}

void Attention(const AttentionPass& pass, float* output, int64_t stride) {
  for (int64_t index = 0; index < pass.heads; ++index) {
    Head head = MakeHead(pass, index);
    // Neighbours that share keys share their transpose.
    if (index == 0 || MakeHead(pass, index - 1).key != head.key) {
      Transpose(head.key, pass.qkv_stride, pass.time, pass.head_columns,
                head.keys_transposed, head.score_stride);
    }
    for (int64_t begin = 0; begin < pass.time; begin += kQueries) {
      SetBlock(pass, begin, head);
      Scores(pass, head, head.query + begin * pass.qkv_stride, pass.qkv_stride,
             head.keys_transposed, pass.scale, head.probabilities);
      for (int64_t i = 0; i < head.queries; ++i) {
        float* row = head.probabilities + i * head.score_stride;
        float max = 0;
        const float sum =
            Exponentials(row, begin + i + 1, Padded(head.keys), &max);
        float* softmax = pass.softmax + 2 * (index * pass.time + begin + i);
        softmax[0] = max;
        softmax[1] = 1 / sum;
        const Vector factor = Broadcast(softmax[1]);
        for (int64_t j = 0; j < begin + i + 1; j += kLanes) {
          Store(row + j, Load(row + j) * factor);
        }
      }
      Multiply({head.queries, pass.head_columns, head.keys, head.probabilities,
                head.score_stride, false, head.value, pass.qkv_stride, false,
                output + begin * stride + index * pass.head_columns, stride, 1,
                nullptr, nullptr, false});
    }
  }
}

namespace {

// One row of a block: probabilities from scores, and, in place of the gradients
// of the probabilities, those of the scores.
void SoftmaxBackward(float* scores, float* changes, int64_t count,
                     int64_t padded, const float* softmax, float mean_change,
                     float scale) {
  const Vector shift = Broadcast(softmax[0]);
  const Vector share = Broadcast(softmax[1]);
  const Vector mean = Broadcast(mean_change);
  const Vector factor = Broadcast(scale);
  const int64_t whole = count / kLanes * kLanes;
  for (int64_t i = 0; i < whole; i += kLanes) {
    const Vector p = Exp(Load(scores + i) - shift) * share;
    Store(scores + i, p);
    Store(changes + i, p * (Load(changes + i) - mean) * factor);
  }
  for (int64_t i = whole; i < padded; i += kLanes) {
    const Vector p = First(count > i ? count - i : 0,
                           Exp(Load(scores + i) - shift) * share, Vector{});
    Store(scores + i, p);
    Store(changes + i, p * (Load(changes + i) - mean) * factor);
  }
}

// Gradients of the keys or the values of one head: those of block j come from
// the queries from j on.
void FromLaterQueries(const AttentionPass& pass, const Head& head,
                      const float* weights, const float* rows, int64_t stride,
                      float* to, int64_t to_stride, bool add) {
  for (int64_t begin = 0; begin < pass.time; begin += kQueries) {
    const int64_t keys =
        pass.time - begin < kQueries ? pass.time - begin : kQueries;
    Multiply({keys, pass.head_columns, pass.time - begin,
              weights + begin * head.score_stride + begin, head.score_stride,
              true, rows + begin * stride, stride, false,
              to + begin * to_stride, to_stride, 1, nullptr,
              add ? to + begin * to_stride : nullptr, false});
  }
}

}  // namespace

void AttentionBackward(const AttentionPass& pass, const float* output,
                       const float* doutput, int64_t stride, float* dqkv,
                       int64_t dqkv_stride) {
  for (int64_t index = 0; index < pass.heads; ++index) {
    Head head = MakeHead(pass, index);
    const bool shared = index > 0 && MakeHead(pass, index - 1).key == head.key;
    if (!shared) {
      Transpose(head.key, pass.qkv_stride, pass.time, pass.head_columns,
                head.keys_transposed, head.score_stride);
      Transpose(head.value, pass.qkv_stride, pass.time, pass.head_columns,
                head.values_transposed, head.score_stride);
    }
    const float* out = output + index * pass.head_columns;
    const float* dout = doutput + index * pass.head_columns;
    for (int64_t begin = 0; begin < pass.time; begin += kQueries) {
      SetBlock(pass, begin, head);
      float* scores = head.probabilities + begin * head.score_stride;
      float* changes = head.changes + begin * head.score_stride;
      Scores(pass, head, head.query + begin * pass.qkv_stride, pass.qkv_stride,
             head.keys_transposed, pass.scale, scores);
      Scores(pass, head, dout + begin * stride, stride, head.values_transposed,
             1, changes);
      for (int64_t i = 0; i < head.queries; ++i) {
        Vector sum = {};
        for (int64_t j = 0; j < pass.head_columns; j += kLanes) {
          sum += Load(out + (begin + i) * stride + j) *
                 Load(dout + (begin + i) * stride + j);
        }
        SoftmaxBackward(scores + i * head.score_stride,
                        changes + i * head.score_stride, begin + i + 1,
                        Padded(head.keys),
                        pass.softmax + 2 * (index * pass.time + begin + i),
                        Sum(sum), pass.scale);
      }
      Multiply({head.queries, pass.head_columns, head.keys, changes,
                head.score_stride, false, head.key, pass.qkv_stride, false,
                dqkv + begin * dqkv_stride + index * pass.head_columns,
                dqkv_stride, 1, nullptr, nullptr, false});
    }
    FromLaterQueries(pass, head, head.changes, head.query, pass.qkv_stride,
                     dqkv + (head.key - pass.qkv), dqkv_stride, shared);
    FromLaterQueries(pass, head, head.probabilities, dout, stride,
                     dqkv + (head.value - pass.qkv), dqkv_stride, shared);
  }
}

}  // namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET
