#include "absl/strings/str_cat.h"
#include "figures/drawing/theme.h"
#include "report/page_assets.h"

namespace isoshape {

std::string PageStyle() {
  static constexpr char kRules[] = R"css(
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:76rem;padding:1.2rem 1.2rem 4rem;background:var(--fig-bg);color:var(--fig-text);
font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.7rem;line-height:1.2;margin:.4rem 0;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:2.4rem 0 .6rem;padding-top:.6rem;border-top:1px solid var(--fig-grid)}
h3{font-size:1rem;margin:1.4rem 0 .3rem}
p{max-width:46rem;margin:.4rem 0}
a{color:var(--fig-main)}
.meta,.note,figcaption small{color:var(--fig-muted);font-size:.875rem}
.lead{font-size:1.125rem}
nav{display:flex;flex-wrap:wrap;gap:.2rem 1rem;margin:1rem 0;font-size:.9375rem}
.warn{padding:.5rem .8rem .5rem 2rem;margin:.8rem 0;border-left:4px solid var(--fig-accent);max-width:52rem}
.absent{color:var(--fig-muted);max-width:52rem}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,34rem),1fr));gap:1.6rem;align-items:start}
figure{margin:0;min-width:0;border:1px solid var(--fig-grid);border-radius:6px;padding:.8rem}
.picture{overflow-x:auto}
figure svg{display:block;width:100%;min-width:27rem;height:auto}
figcaption{margin-top:.5rem;font-size:.9375rem;overflow-wrap:anywhere}
figcaption p{margin:.3rem 0}
.wide{overflow-x:auto;margin:.6rem 0}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--fig-muted);padding:.2rem 0}
th,td{text-align:left;padding:.25rem .7rem .25rem 0;border-bottom:1px solid var(--fig-grid);vertical-align:top}
td{overflow-wrap:break-word;min-width:3.5rem}
#trials-table td{white-space:nowrap;max-width:22rem;overflow:hidden;text-overflow:ellipsis}
th{white-space:nowrap;font-weight:600}
.n{text-align:right;white-space:nowrap}
dl{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.15rem 1rem;font-size:.9375rem;margin:.5rem 0}
dt{color:var(--fig-muted)}dd{margin:0;overflow-wrap:anywhere}
pre{overflow-x:auto;padding:.7rem;border:1px solid var(--fig-grid);border-radius:6px;font-size:.8125rem}
details{margin:.5rem 0}summary{cursor:pointer;color:var(--fig-main)}
#trials-tools{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;margin:.5rem 0}
input,button{font:inherit;font-size:.9375rem;padding:.3rem .6rem;border:1px solid var(--fig-muted);border-radius:4px;
background:var(--fig-bg);color:var(--fig-text)}
input{flex:1 1 16rem;max-width:34rem;min-width:0}
th button{border:0;padding:0;background:none;font-weight:600;cursor:pointer;font-size:inherit}
:focus-visible{outline:2px solid var(--fig-main);outline-offset:2px}
@media(max-width:40rem){body{padding:.8rem .8rem 3rem}dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}}
@media print{nav,#trials-tools{display:none}figure{break-inside:avoid}.figures{grid-template-columns:1fr 1fr}
body{max-width:none;font-size:11pt}}
)css";
  return absl::StrCat(FigureStyleSheet(), kRules);
}

}  // namespace isoshape
