#include "figures/gnuplot/render_figure.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "figures/drawing/layout.h"
#include "figures/gnuplot/gnuplot_process.h"
#include "figures/gnuplot/gnuplot_text.h"
#include "figures/gnuplot/script.h"
#include "figures/gnuplot/svg.h"
#include "figures/pgfplots/pgfplots.h"
#include "figures/text/text_picture.h"
#include "messages/json/proto_json.h"

namespace isoshape {
namespace {

constexpr double kPixelsPerPoint = 96.0 / 72;  // of SVG
constexpr double kPngScale = 3;                // pixels of a point, 216 dpi
constexpr double kCairoFontUnit = 0.75;        // its fonts are for 96 dpi
constexpr double kCmPerPoint = 2.54 / 72;

// Colours that gnuplot is given for kAuto: `#7f01NN` is number NN.
constexpr char kPlaceholder[] = "#7f01";

std::string Placeholder(int color) {
  return absl::StrFormat("%s%02x", kPlaceholder, color);
}

ScriptInks InksOf(const RenderOptions& options) {
  ScriptInks inks;
  const bool by_page = options.theme == FigureTheme::kAuto;
  const FigureTheme theme = options.theme;
  inks.hex = [by_page, theme](int color) {
    return by_page ? Placeholder(color) : ColorHex(color, theme);
  };
  return inks;
}

// `var(--fig-text,#1b1f24)` for a placeholder.
std::string PageInk(const std::string& hex) {
  int color = kText;
  if (hex == "background") {
    color = kBackground;
  } else if (absl::StartsWith(hex, kPlaceholder)) {
    color = static_cast<int>(std::strtol(hex.c_str() + 5, nullptr, 16));
  }
  color = std::clamp(color, 0, kColorCount - 1);
  return absl::StrCat("var(", ColorVariable(color), ",",
                      ColorHex(color, FigureTheme::kLight), ")");
}

absl::StatusOr<std::string> Svg(const v1::Figure& figure,
                                const RenderOptions& options) {
  const FigureLayout layout = LayOut(figure, options.width_mm);
  ScriptInks inks = InksOf(options);
  inks.font_unit = kPixelsPerPoint;
  inks.symbol_unit = 0.5;
  ISOSHAPE_ASSIGN_OR_RETURN(
      const std::string drawn,
      RunGnuplot(
          absl::StrFormat("set terminal svg noenhanced size %.0f,%.0f font "
                          "'%s,%.4g' linewidth %.4g background '%s'\n",
                          layout.width * kPixelsPerPoint,
                          layout.height * kPixelsPerPoint, inks.font,
                          layout.font * kPixelsPerPoint, kPixelsPerPoint,
                          inks.hex(kBackground)) +
          FigureScript(figure, layout, inks)));
  if (options.theme == FigureTheme::kAuto) {
    return SlimSvg(drawn, figure, PageInk);
  }
  const std::string ground = inks.hex(kBackground);
  return SlimSvg(drawn, figure, [&ground](const std::string& hex) {
    return hex == "background" ? ground : hex;
  });
}

// For gnuplot's terminals that draw by cairo.
ScriptInks CairoInks(const RenderOptions& options, double symbol_unit) {
  ScriptInks inks = InksOf(options);
  inks.font = "Sans";
  inks.bold = ":Bold";
  inks.font_unit = kCairoFontUnit;
  inks.symbol_unit = symbol_unit;
  return inks;
}

absl::StatusOr<std::string> Pdf(const v1::Figure& figure,
                                const RenderOptions& options) {
  const FigureLayout layout = LayOut(figure, options.width_mm);
  const ScriptInks inks = CairoInks(options, /*symbol_unit=*/0.75);
  return RunGnuplot(
      absl::StrFormat("set terminal pdfcairo noenhanced size %.3fcm,%.3fcm "
                      "font '%s,%.4g' fontscale 1 linewidth 2 background "
                      "'%s'\n",
                      layout.width * kCmPerPoint, layout.height * kCmPerPoint,
                      inks.font, layout.font * inks.font_unit,
                      inks.hex(kBackground)) +
      FigureScript(figure, layout, inks));
}

absl::StatusOr<std::string> Png(const v1::Figure& figure,
                                const RenderOptions& options) {
  const FigureLayout layout = LayOut(figure, options.width_mm);
  const ScriptInks inks = CairoInks(options, /*symbol_unit=*/0.5);
  return RunGnuplot(
      absl::StrFormat("set terminal pngcairo noenhanced size %.0f,%.0f font "
                      "'%s,%.4g' fontscale %g linewidth %g pointscale %g "
                      "background '%s'\n",
                      layout.width * kPngScale, layout.height * kPngScale,
                      inks.font, layout.font * inks.font_unit, kPngScale,
                      kPngScale, kPngScale, inks.hex(kBackground)) +
      FigureScript(figure, layout, inks));
}

// A script that draws an SVG, with how to get something else from it.
std::string Gp(const v1::Figure& figure, const RenderOptions& options) {
  const FigureLayout layout = LayOut(figure, options.width_mm);
  ScriptInks inks = InksOf(options);
  inks.symbol_unit = 0.5;
  inks.font_unit = kPixelsPerPoint;
  std::string out = absl::StrCat("# ", OneLine(figure.title()), "\n# ",
                                 OneLine(figure.sentence(), 4000), "\n");
  for (const std::string& warning : figure.warnings()) {
    absl::StrAppend(&out, "# warning: ", OneLine(warning), "\n");
  }
  absl::StrAppend(&out,
                  "# gnuplot THIS > figure.svg; for other formats replace the "
                  "terminal, such as by\n"
                  "# set terminal pdfcairo size 16cm,10cm; set output "
                  "'figure.pdf'\n");
  absl::StrAppendFormat(
      &out,
      "set terminal svg noenhanced size %.0f,%.0f font '%s,%.4g' linewidth "
      "%.4g background '%s'\n",
      layout.width * kPixelsPerPoint, layout.height * kPixelsPerPoint,
      inks.font, layout.font * kPixelsPerPoint, kPixelsPerPoint,
      inks.hex(kBackground));
  return out + FigureScript(figure, layout, inks);
}

struct FormatEntry {
  FigureFormat format;
  const char* name;
  const char* content_type;
};
constexpr FormatEntry kFormats[] = {
    {FigureFormat::kSvg, "svg", "image/svg+xml"},
    {FigureFormat::kPdf, "pdf", "application/pdf"},
    {FigureFormat::kPng, "png", "image/png"},
    {FigureFormat::kTex, "tex", "text/x-tex; charset=utf-8"},
    {FigureFormat::kGp, "gp", "text/plain; charset=utf-8"},
    {FigureFormat::kCsv, "csv", "text/csv; charset=utf-8"},
    {FigureFormat::kJson, "json", "application/json"},
    {FigureFormat::kText, "text", "text/plain; charset=utf-8"},
};

}  // namespace

const std::vector<std::string>& FigureFormatNames() {
  static const auto* const names = [] {
    auto* list = new std::vector<std::string>();
    for (const FormatEntry& entry : kFormats) list->push_back(entry.name);
    return list;
  }();
  return *names;
}

std::optional<FigureFormat> FindFigureFormat(absl::string_view name) {
  for (const FormatEntry& entry : kFormats) {
    if (name == entry.name) return entry.format;
  }
  return std::nullopt;
}

std::string FigureContentType(FigureFormat format) {
  for (const FormatEntry& entry : kFormats) {
    if (format == entry.format) return entry.content_type;
  }
  return "application/octet-stream";
}

absl::StatusOr<std::string> RenderFigure(const v1::Figure& figure,
                                         const RenderOptions& options) {
  if (!(options.width_mm >= 40 && options.width_mm <= 1000)) {
    return absl::InvalidArgumentError(
        absl::StrCat("field width: ", options.width_mm,
                     " mm is not a width; give one of 40 to 1000 mm"));
  }
  if (options.theme == FigureTheme::kAuto &&
      options.format != FigureFormat::kSvg) {
    return absl::InvalidArgumentError(
        "field theme: auto is of svg alone; give light or dark");
  }
  switch (options.format) {
    case FigureFormat::kSvg:
      return Svg(figure, options);
    case FigureFormat::kPdf:
      return Pdf(figure, options);
    case FigureFormat::kPng:
      return Png(figure, options);
    case FigureFormat::kTex:
      return PgfplotsFigure(figure, LayOut(figure, options.width_mm),
                            options.theme);
    case FigureFormat::kGp:
      return Gp(figure, options);
    case FigureFormat::kCsv:
      return FigureCsv(figure);
    case FigureFormat::kJson:
      return ToJson(figure, /*defaults=*/true).dump(2) + "\n";
    case FigureFormat::kText:
      return TextPicture(figure, options.columns, options.colors);
  }
  return absl::InvalidArgumentError("field format: there is no such format");
}

}  // namespace isoshape
