#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/coordinator/services/analysis_service_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

using DescribeServiceTest = AnalysisServiceTest;

TEST_F(DescribeServiceTest, DescribesAShapeWithoutACampaign) {
  const Shape shape = MakeShape(4, 64);
  v1::DescribeShapeRequest request;
  *request.mutable_shape() = ToProto(shape);
  request.mutable_shape()->clear_heads();
  request.mutable_shape()->clear_kv_heads();
  request.add_budgets(1e12);
  v1::DescribeShapeResponse response;
  ASSERT_TRUE(Describe(request, &response).ok());
  EXPECT_EQ(response.shape().heads(), 4);
  EXPECT_EQ(response.shape().kv_heads(), 4);
  EXPECT_EQ(response.parameters(), CountParameters(shape).total());
  ASSERT_EQ(response.flops_size(), 5);
  EXPECT_EQ(response.flops(0).convention(), v1::FLOP_CONVENTION_EXACT);
  EXPECT_DOUBLE_EQ(response.flops(0).training_flops_per_token(),
                   TrainingFlopsPerToken(shape));
  EXPECT_DOUBLE_EQ(response.flops(3).training_flops_per_token(),
                   6.0 * static_cast<double>(response.parameters()));
  EXPECT_EQ(response.state_memory_bytes(), 16 * response.parameters());
  EXPECT_EQ(response.activation_memory_bytes(),
            EstimateTrainingMemory(shape, 2048).activations);
  ASSERT_EQ(response.tokens_size(), 1);
  EXPECT_DOUBLE_EQ(response.tokens(0).tokens(),
                   1e12 / TrainingFlopsPerToken(shape));
}

TEST_F(DescribeServiceTest, DescribesAReferenceShapeWithItsSource) {
  v1::DescribeShapeRequest request;
  request.set_reference("llama-7b");
  v1::DescribeShapeResponse response;
  const grpc::Status status = Describe(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  // Touvron et al. 2023.
  EXPECT_EQ(response.parameters(), 6738415616);
  EXPECT_THAT(response.source(),
              HasSubstr("published count 6,738,415,616 (exact)"));
}

TEST_F(DescribeServiceTest, DescribeRefusesWithTheRightCode) {
  v1::DescribeShapeRequest request;
  v1::DescribeShapeResponse response;
  EXPECT_EQ(Describe(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_reference("no-such-model");
  const grpc::Status unknown = Describe(request, &response);
  EXPECT_EQ(unknown.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(unknown.error_message(), HasSubstr("llama-7b"));
  request.set_reference("gemini");
  EXPECT_EQ(Describe(request, &response).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  *request.mutable_shape() = ToProto(MakeShape(4, 64));
  EXPECT_EQ(Describe(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.clear_reference();
  request.add_budgets(-1);
  EXPECT_EQ(Describe(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.clear_budgets();
  request.set_tokens_per_step(-1);
  EXPECT_EQ(Describe(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.clear_tokens_per_step();
  request.mutable_shape()->set_depth(0);
  EXPECT_EQ(Describe(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace isoshape
