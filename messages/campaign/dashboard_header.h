#ifndef ISOSHAPE_MESSAGES_CAMPAIGN_DASHBOARD_HEADER_H_
#define ISOSHAPE_MESSAGES_CAMPAIGN_DASHBOARD_HEADER_H_

namespace isoshape {

// In the headers of answers to GetCampaign: the address of the coordinator's
// dashboard, `http://127.0.0.1:50580/`; none without one.
inline constexpr char kDashboardHeader[] = "isoshape-dashboard";

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_CAMPAIGN_DASHBOARD_HEADER_H_
