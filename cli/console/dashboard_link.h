#ifndef ISOSHAPE_CLI_CONSOLE_DASHBOARD_LINK_H_
#define ISOSHAPE_CLI_CONSOLE_DASHBOARD_LINK_H_

#include <string>

#include "cli/console/client.h"

namespace isoshape {

// The page of a campaign (`campaigns/c1`) on the dashboard of its coordinator,
// `http://127.0.0.1:50580/#/c1`; empty if there is none, or it is for browsers
// on the coordinator's machine alone and that is another one.
std::string DashboardLink(Client& client, const std::string& campaign);

// Says it on standard error, if there is one; and that it is for browsers on
// the coordinator's machine, if a tunnel may lead there.
void SayDashboard(Client& client, const std::string& campaign);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CONSOLE_DASHBOARD_LINK_H_
