"""Any client of gRPC works, too: by reflection, without a line generated from the protos."""

from __future__ import annotations

import pytest
from conftest import Finished

grpc = pytest.importorskip("grpc")
reflection = pytest.importorskip("grpc_reflection.v1alpha.proto_reflection_descriptor_database")
descriptor_pool = pytest.importorskip("google.protobuf.descriptor_pool")
message_factory = pytest.importorskip("google.protobuf.message_factory")


def test_reflection_is_enough_for_a_call(finished: Finished) -> None:
    with grpc.insecure_channel(finished.coordinator.grpc) as channel:
        database = reflection.ProtoReflectionDescriptorDatabase(channel)
        assert "isoshape.v1.CampaignService" in database.get_services()
        pool = descriptor_pool.DescriptorPool(database)
        method = pool.FindServiceByName("isoshape.v1.CampaignService").FindMethodByName(
            "ListTrialTable"
        )
        request, answer = map(
            message_factory.GetMessageClass, (method.input_type, method.output_type)
        )
        call = channel.unary_unary(
            "/isoshape.v1.CampaignService/ListTrialTable",
            request_serializer=request.SerializeToString,
            response_deserializer=answer.FromString,
        )
        table = call(request(parent="campaigns/c1", columns=["depth"]))
    assert list(table.columns[0].numbers) == finished.campaign.trials.to_dict()["depth"]
