#include "coordinator/call_admission.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/threads/clock.h"

namespace isoshape {
namespace {

using Kind = CallAdmission::Kind;

// Connections, by their addresses.
constexpr char kFlood = 0, kOther = 0, kThird = 0;

bool Admitted(CallAdmission& admission, const char& connection) {
  return admission.Admit(&connection).ok();
}

TEST(CallAdmissionTest, AConnectionHasSoManyCallsAndIsEndedIfItSendsMore) {
  std::vector<std::string> ended;
  CallAdmission admission(
      {.calls_of_connection = 2,
       .patience = 3,
       .end = [&](const std::string& peer, const std::string&) {
         ended.push_back(peer);
         return true;
       }});
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(Admitted(admission, kFlood));
    admission.Read();
    admission.Begin(&kFlood, "ipv4:10.0.0.1:4711");
  }
  EXPECT_EQ(admission.Admit(&kFlood).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(Admitted(admission, kOther));
  admission.End(&kFlood);
  EXPECT_TRUE(Admitted(admission, kFlood)) << "one is over";
  admission.Read();
  admission.Begin(&kFlood, "ipv4:10.0.0.1:4711");
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(Admitted(admission, kFlood));
  EXPECT_TRUE(ended.empty());
  EXPECT_FALSE(Admitted(admission, kFlood));
  EXPECT_EQ(ended, (std::vector<std::string>{"ipv4:10.0.0.1:4711"}));
  EXPECT_EQ(admission.refused(), 4);
}

TEST(CallAdmissionTest, WhoAsksAndDoesNotReadIsEnded) {
  std::vector<std::string> ended, why;
  CallAdmission admission(
      {.unread_of_connection = 100,
       .unread = 250,
       .end = [&](const std::string& peer, const std::string& did) {
         ended.push_back(peer);
         why.push_back(did);
         return true;
       }});
  admission.Read();
  admission.Read();
  admission.Begin(&kFlood, "ipv4:10.0.0.1:1");
  admission.Begin(&kOther, "ipv4:10.0.0.2:2");
  for (int i = 0; i < 10; ++i) {  // read as fast as it is sent
    admission.Answer(&kOther, 90);
    admission.Answered(&kOther, 90);
  }
  EXPECT_TRUE(admission.Answer(&kFlood, 90));
  EXPECT_TRUE(admission.Answer(&kFlood, 90));
  EXPECT_TRUE(ended.empty());
  EXPECT_FALSE(admission.Answer(&kFlood, 20));
  EXPECT_EQ(ended, (std::vector<std::string>{"ipv4:10.0.0.1:1"}));
  EXPECT_EQ(why[0], "does not read its answers, which take 0 MB");
  EXPECT_FALSE(admission.Answer(&kFlood, 20)) << "it is over";
  EXPECT_EQ(ended.size(), 1u) << "once";
  // All together have too much: it is who has the most of those that live.
  admission.Read();
  admission.Begin(&kThird, "ipv6:%5B::1%5D:3");
  EXPECT_TRUE(admission.Answer(&kOther, 150));
  EXPECT_TRUE(admission.Answer(&kThird, 90));
  EXPECT_EQ(ended.size(), 1u);
  EXPECT_TRUE(admission.Answer(&kThird, 20));
  ASSERT_EQ(ended.size(), 2u);
  EXPECT_EQ(ended[1], "ipv4:10.0.0.2:2");
  // What is of those that were ended counts no more, nor when it is given up.
  admission.Answered(&kFlood, 90);
  admission.Answered(&kFlood, 90);
  admission.Answered(&kOther, 150);
  admission.Answered(&kThird, 90);
  admission.Answered(&kThird, 20);
  EXPECT_TRUE(admission.Answer(&kThird, 250));
  EXPECT_EQ(ended.size(), 2u);
}

// A table of all trials is larger than what may be left unread.
TEST(CallAdmissionTest, OneLargeAnswerIsKeptAndSmallOnesBesideIt) {
  int ended = 0;
  CallAdmission admission({.unread_of_connection = 100,
                           .unread = 500,
                           .end = [&](const std::string&, const std::string&) {
                             ++ended;
                             return true;
                           }});
  admission.Read();
  admission.Begin(&kOther, "ipv4:10.0.0.2:2");
  EXPECT_TRUE(admission.Answer(&kOther, 160));
  EXPECT_TRUE(admission.Answer(&kOther, 40));
  EXPECT_TRUE(admission.Answer(&kOther, 60));
  EXPECT_EQ(ended, 0);
  for (const int bytes : {160, 40, 60}) admission.Answered(&kOther, bytes);
  // What was read allows nothing any more.
  EXPECT_TRUE(admission.Answer(&kOther, 70));
  EXPECT_TRUE(admission.Answer(&kOther, 70));
  EXPECT_FALSE(admission.Answer(&kOther, 70));
  EXPECT_EQ(ended, 1);
}

// Without a descriptor nothing can be ended: who lives on is answered.
TEST(CallAdmissionTest, AConnectionThatCannotBeEndedKeepsItsAnswers) {
  bool can = false;
  int asked = 0;
  CallAdmission admission({.unread_of_connection = 100,
                           .end = [&](const std::string&, const std::string&) {
                             ++asked;
                             return can;
                           }});
  admission.Read();
  admission.Begin(&kFlood, "ipv4:10.0.0.1:1");
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(admission.Answer(&kFlood, 90));
  EXPECT_TRUE(admission.Answer(&kFlood, 90));
  EXPECT_EQ(asked, 1);
  can = true;
  EXPECT_FALSE(admission.Answer(&kFlood, 90));
  EXPECT_EQ(asked, 2);
}

TEST(CallAdmissionTest, AUnixSocketMayLeaveUnreadWhatItLikes) {
  int ended = 0;
  CallAdmission admission({.unread_of_connection = 100,
                           .end = [&](const std::string&, const std::string&) {
                             ++ended;
                             return true;
                           }});
  admission.Read();
  admission.Begin(&kOther, "unix:");
  EXPECT_TRUE(admission.Answer(&kOther, 1000));
  EXPECT_EQ(ended, 0);
}

TEST(CallAdmissionTest, WhoSendsManyIsRefusedAsLongAsManyWait) {
  FakeClock clock;
  CallAdmission admission({.waiting = 2, .calls_in_slot = 3, .clock = &clock});
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(Admitted(admission, kFlood));
  for (int i = 0; i < 3; ++i) admission.Read();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Admitted(admission, kFlood));
  EXPECT_FALSE(Admitted(admission, kFlood));
  EXPECT_TRUE(Admitted(admission, kOther));  // which sends few
  clock.Advance(absl::Milliseconds(101));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Admitted(admission, kFlood));
  EXPECT_FALSE(Admitted(admission, kFlood));
  admission.Begin(&kOther, "");
  EXPECT_TRUE(Admitted(admission, kFlood));
}

TEST(CallAdmissionTest, OfCallsThatAreNotCountedAConnectionHasFewAtATime) {
  FakeClock clock;
  CallAdmission admission({.calls_in_slot = 3, .clock = &clock});
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(admission.Admit(&kFlood, Kind::kUncounted).ok());
  }
  EXPECT_FALSE(admission.Admit(&kFlood, Kind::kUncounted).ok());
  EXPECT_TRUE(Admitted(admission, kFlood));
  EXPECT_TRUE(admission.Admit(&kOther, Kind::kUncounted).ok());
  clock.Advance(absl::Milliseconds(101));
  EXPECT_TRUE(admission.Admit(&kFlood, Kind::kUncounted).ok());
}

// A call whose message never comes waits as long as it is open.
TEST(CallAdmissionTest, OfCallsWithoutATokenAConnectionHasFew) {
  std::vector<std::string> ended;
  CallAdmission admission(
      {.tokenless_calls = 3,
       .tokenless_waiting = 2,
       .patience = 3,
       .end = [&](const std::string& peer, const std::string&) {
         ended.push_back(peer);
         return true;
       }});
  const auto begin = [&](const char& connection) {
    if (!admission.Admit(&connection, Kind::kTokenless).ok()) return false;
    admission.Read();
    admission.Begin(&connection, "ipv4:10.0.0.1:4711");
    return admission.BeginTokenless(&connection).ok();
  };
  const auto end = [&](const char& connection) {
    admission.EndTokenless(&connection);
    admission.End(&connection);
  };
  // One after the other, whether it was answered or cancelled.
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(begin(kOther));
    admission.EndWaiting(&kOther);
    end(kOther);
  }
  // Three that are read before the first begins.
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(admission.Admit(&kFlood, Kind::kTokenless).ok());
    admission.Read();
    admission.Begin(&kFlood, "ipv4:10.0.0.2:4712");
  }
  EXPECT_TRUE(admission.BeginTokenless(&kFlood).ok());
  EXPECT_TRUE(admission.BeginTokenless(&kFlood).ok());
  EXPECT_EQ(admission.BeginTokenless(&kFlood).code(),
            absl::StatusCode::kResourceExhausted);
  admission.End(&kFlood);
  EXPECT_FALSE(begin(kFlood));
  EXPECT_TRUE(Admitted(admission, kFlood)) << "for which one needs a token";
  EXPECT_TRUE(begin(kOther));
  // The message of one has come, and its answer is not read.
  admission.EndWaiting(&kFlood);
  EXPECT_TRUE(begin(kFlood));
  admission.EndWaiting(&kFlood);
  EXPECT_FALSE(begin(kFlood)) << "it has three";
  end(kFlood);
  EXPECT_TRUE(begin(kFlood));
  EXPECT_EQ(admission.refused(), 3);
  EXPECT_TRUE(ended.empty());
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(begin(kFlood));
  EXPECT_EQ(ended.size(), 1u);
}

TEST(CallAdmissionTest, ConnectionsThatHaveGoneAreForgotten) {
  CallAdmission admission({.calls_of_connection = 1});
  const std::vector<char> gone(10'000);
  admission.Read();
  admission.Begin(&kFlood, "");
  for (const char& one : gone) EXPECT_TRUE(Admitted(admission, one));
  EXPECT_LT(admission.connections(), 5000);
  EXPECT_FALSE(Admitted(admission, kFlood)) << "which has a call under way";
}

}  // namespace
}  // namespace isoshape
