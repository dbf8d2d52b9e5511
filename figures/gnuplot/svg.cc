#include "figures/gnuplot/svg.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

// One tag: its name and attributes, `/g` for an end.
struct Tag {
  std::string name;
  std::map<std::string, std::string> attributes;
  bool closed = false;  // `<path …/>`

  std::string Get(const std::string& key, const char* otherwise = "") const {
    const auto found = attributes.find(key);
    return found == attributes.end() ? otherwise : found->second;
  }
};

// The parts of gnuplot's own output, which is well-formed.
class Scanner {
 public:
  explicit Scanner(absl::string_view text) : text_(text) {}

  // The next tag; `text` gets what is in front of it. False at the end.
  bool Next(Tag& tag, std::string& text) {
    const size_t open = text_.find('<');
    if (open == text_.npos) return false;
    text = std::string(text_.substr(0, open));
    text_.remove_prefix(open + 1);
    const size_t end = End();
    if (end == text_.npos) return false;
    Parse(text_.substr(0, end), tag);
    text_.remove_prefix(end + 1);
    return true;
  }

 private:
  // The `>` that is outside of quotes.
  size_t End() const {
    char quote = 0;
    for (size_t i = 0; i < text_.size(); ++i) {
      const char c = text_[i];
      if (quote != 0) {
        if (c == quote) quote = 0;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '>') {
        return i;
      }
    }
    return text_.npos;
  }

  static void Parse(absl::string_view body, Tag& tag) {
    tag = Tag();
    tag.closed = absl::EndsWith(body, "/");
    const size_t name = body.find_first_of(" \t\r\n/", 1);
    tag.name = std::string(body.substr(0, name));
    size_t at = name;
    while (at < body.size()) {
      const size_t equals = body.find('=', at);
      if (equals == body.npos) break;
      const absl::string_view key =
          absl::StripAsciiWhitespace(body.substr(at, equals - at));
      const size_t open = body.find_first_of("'\"", equals);
      if (open == body.npos) break;
      const size_t close = body.find(body[open], open + 1);
      if (close == body.npos) break;
      tag.attributes[std::string(key)] =
          std::string(body.substr(open + 1, close - open - 1));
      at = close + 1;
    }
  }

  absl::string_view text_;
};

// A coordinate with one digit after the point, none if it is 0.
std::string Short(double value, int digits = 1) {
  std::string text = absl::StrFormat("%.*f", digits, value);
  if (absl::StrContains(text, '.')) {
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

std::vector<double> Numbers(absl::string_view text) {
  std::vector<double> numbers;
  for (const absl::string_view part :
       absl::StrSplit(text, absl::ByAnyChar(" ,()\t\r\n"), absl::SkipEmpty())) {
    double number = 0;
    if (absl::SimpleAtod(part, &number)) numbers.push_back(number);
  }
  return numbers;
}

// `#rrggbb` of `rgb( 17,  34,  51)`, `black` and the like.
std::string Hex(const std::string& color) {
  const std::vector<double> rgb =
      Numbers(absl::StartsWith(color, "rgb") ? color.substr(3) : std::string());
  if (rgb.size() == 3) {
    return absl::StrFormat("#%02x%02x%02x", static_cast<int>(rgb[0]),
                           static_cast<int>(rgb[1]), static_cast<int>(rgb[2]));
  }
  if (color == "black") return "#000000";
  return color;
}

// gnuplot's path with short numbers; vertical and horizontal steps as such.
std::string ShortPath(absl::string_view path) {
  std::string out;
  std::string last_x, last_y;
  for (const absl::string_view part :
       absl::StrSplit(path, absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty())) {
    const std::vector<double> at = Numbers(part.substr(1));
    if (at.size() != 2) {
      absl::StrAppend(&out, part.substr(0, 1));
      continue;
    }
    const std::string x = Short(at[0]);
    const std::string y = Short(at[1]);
    const bool line = part[0] == 'L';
    if (line && x == last_x && y == last_y) continue;
    if (line && x == last_x) {
      absl::StrAppend(&out, "V", y);
    } else if (line && y == last_y) {
      absl::StrAppend(&out, "H", x);
    } else {
      absl::StrAppend(&out, part.substr(0, 1), x, " ", y);
    }
    last_x = x;
    last_y = y;
  }
  return out;
}

// The outline of gnuplot's symbol gpPtN about (x, y), for a radius.
std::string Symbol(int number, double x, double y, double r) {
  const auto at = [&](double dx, double dy) {
    return absl::StrCat(Short(x + r * dx), " ", Short(y + r * dy));
  };
  const std::string side = Short(2 * r, 2);
  switch (number) {
    case 1:  // cross
      return absl::StrCat("M", at(-1, -1), "L", at(1, 1), "M", at(1, -1), "L",
                          at(-1, 1));
    case 3:  // squares
    case 4:
      return absl::StrCat("M", at(-1, -1), "h", side, "v", side, "h-", side,
                          "z");
    case 5:  // circle
      return absl::StrCat("M", at(-1, 0), "a", Short(r, 2), " ", Short(r, 2),
                          " 0 1 0 ", side, " 0a", Short(r, 2), " ", Short(r, 2),
                          " 0 1 0-", side, " 0z");
    case 7:  // triangles
    case 8:
      return absl::StrCat("M", at(0, -1.33), "L", at(-1.33, 0.67), "L",
                          at(1.33, 0.67), "z");
    case 11:  // diamonds
    case 12:
      return absl::StrCat("M", at(0, -1.41), "L", at(1.41, 0), "L", at(0, 1.41),
                          "L", at(-1.41, 0), "z");
    default:  // disc: a round dot of no length
      return absl::StrCat("M", at(0, 0), "h0");
  }
}

class Slimmer {
 public:
  Slimmer(const std::function<std::string(const std::string&)>& ink)
      : ink_(ink) {}

  std::string Run(absl::string_view svg) {
    Scanner scanner(svg);
    Tag tag;
    std::string text;
    while (scanner.Next(tag, text)) {
      if (in_text_ && tag.name == "/text") {
        Text(text);
        in_text_ = false;
      } else if (tag.name == "svg") {
        box_ = tag.Get("viewBox");
      } else if (tag.name == "defs") {
        in_defs_ = true;
      } else if (tag.name == "/defs") {
        in_defs_ = false;
      } else if (!in_defs_) {
        Element(tag);
      }
    }
    Flush();
    return std::move(out_);
  }

  const std::string& box() const { return box_; }

 private:
  void Element(const Tag& tag) {
    if (tag.name == "g") {
      if (tag.attributes.contains("stroke-width")) {
        width_ = tag.Get("stroke-width");
      }
      if (tag.attributes.contains("transform")) text_group_ = tag;
    } else if (tag.name == "text") {
      in_text_ = true;
    } else if (tag.name == "use") {
      Use(tag);
    } else if (tag.name == "path") {
      std::string how =
          absl::StrCat("fill=\"none\" stroke=\"", ink_(Hex(tag.Get("stroke"))),
                       "\" stroke-width=\"", Width(), "\"");
      const std::string dash = tag.Get("stroke-dasharray");
      if (!dash.empty()) {
        absl::StrAppend(&how, " stroke-dasharray=\"", dash, "\"");
      }
      Path(how, ShortPath(tag.Get("d")));
    } else if (tag.name == "polygon") {
      Polygon(tag);
    } else if (tag.name == "rect") {
      Flush();
      absl::StrAppend(&out_, "<rect width=\"", tag.Get("width"), "\" height=\"",
                      tag.Get("height"), "\" fill=\"",
                      ink_(Hex(tag.Get("fill"))), "\"/>\n");
    }
  }

  std::string Width() const {
    double width = 1;
    return absl::SimpleAtod(width_, &width) ? Short(width, 2) : "1";
  }

  void Polygon(const Tag& tag) {
    std::string how = absl::StrCat("fill=\"", ink_(Hex(tag.Get("fill"))), "\"");
    double opacity = 1;
    if (absl::SimpleAtod(tag.Get("fill-opacity"), &opacity) && opacity < 1) {
      absl::StrAppend(&how, " fill-opacity=\"", Short(opacity, 3), "\"");
    }
    const std::vector<double> at = Numbers(tag.Get("points"));
    std::string path;
    for (size_t i = 0; i + 1 < at.size(); i += 2) {
      absl::StrAppend(&path, i == 0 ? "M" : "L", Short(at[i]), " ",
                      Short(at[i + 1]), " ");
    }
    if (path.empty()) return;
    path.back() = 'z';
    // Areas that overlap would lose their shade in one path.
    if (opacity < 1) Flush();
    Path(how, path);
  }

  void Use(const Tag& tag) {
    int number = 0;
    const std::string name = tag.Get("xlink:href");
    if (!absl::SimpleAtoi(absl::StripPrefix(name, "#gpPt"), &number)) return;
    const std::vector<double> at = Numbers(absl::StrReplaceAll(
        tag.Get("transform"), {{"translate", ""}, {"scale", ""}}));
    if (at.size() < 3) return;
    const double r = at[2];
    const std::string color = ink_(Hex(tag.Get("color")));
    std::string how;
    if (number == 6) {
      how = absl::StrCat("fill=\"none\" stroke-linecap=\"round\" stroke=\"",
                         color, "\" stroke-width=\"", Short(2 * r, 2), "\"");
    } else if (number == 4 || number == 8 || number == 12) {
      how = absl::StrCat("fill=\"", color, "\"");
    } else {
      // Hollow: the ground shows that it is a symbol of its own.
      how = absl::StrCat("fill=\"", number == 1 ? "none" : ink_("background"),
                         "\" stroke=\"", color, "\" stroke-width=\"",
                         Short(0.3 * r, 2), "\"");
    }
    Path(how, Symbol(number, at[0], at[1], r));
  }

  // Adds to the path of the last element if it looks the same.
  void Path(const std::string& how, const std::string& path) {
    if (path.empty()) return;
    if (how != how_) Flush();
    how_ = how;
    path_ += path;
  }

  void Flush() {
    if (!path_.empty()) {
      absl::StrAppend(&out_, "<path ", how_, " d=\"", path_, "\"/>\n");
    }
    path_.clear();
    how_.clear();
  }

  void Text(const std::string& text) {
    if (absl::StripAsciiWhitespace(text).empty()) return;
    // Of a text on a ground of its own gnuplot writes the ground, by a filter
    // that not all can draw, and then the text.
    if (absl::StrContains(text_group_.Get("style"), "textbox")) {
      on_ground_ = true;
      return;
    }
    Flush();
    const std::string transform = text_group_.Get("transform");
    const std::vector<double> at = Numbers(
        absl::StrReplaceAll(transform, {{"translate", ""}, {"rotate", " "}}));
    if (at.size() < 2) return;
    absl::StrAppend(&out_, "<text ");
    if (at.size() > 2) {
      absl::StrAppend(&out_, "transform=\"translate(", Short(at[0]), " ",
                      Short(at[1]), ")rotate(", Short(at[2]), ")\"");
    } else {
      absl::StrAppend(&out_, "x=\"", Short(at[0]), "\" y=\"", Short(at[1]),
                      "\"");
    }
    absl::StrAppend(&out_, " fill=\"", ink_(Hex(text_group_.Get("fill"))),
                    "\"");
    const std::vector<double> size = Numbers(text_group_.Get("font-size"));
    if (!size.empty()) {
      absl::StrAppend(&out_, " font-size=\"", Short(size[0], 2), "\"");
    }
    const std::string anchor = text_group_.Get("text-anchor");
    if (anchor != "start" && !anchor.empty()) {
      absl::StrAppend(&out_, " text-anchor=\"", anchor, "\"");
    }
    if (absl::StrContains(absl::AsciiStrToLower(text_group_.Get("font-weight")),
                          "bold")) {
      absl::StrAppend(&out_, " font-weight=\"bold\"");
    }
    if (on_ground_) {
      absl::StrAppend(&out_, " paint-order=\"stroke\" stroke=\"",
                      ink_("background"), "\" stroke-width=\"4\"");
      on_ground_ = false;
    }
    absl::StrAppend(&out_, ">", absl::StripAsciiWhitespace(text), "</text>\n");
  }

  const std::function<std::string(const std::string&)>& ink_;
  std::string out_, box_;
  std::string how_, path_;  // of the path that is being put together
  std::string width_ = "1";
  Tag text_group_;
  bool in_text_ = false;
  bool on_ground_ = false;  // the text that follows
  bool in_defs_ = false;
};

}  // namespace

std::string XmlText(absl::string_view text) {
  return absl::StrReplaceAll(Printable(text), {{"&", "&amp;"},
                                               {"<", "&lt;"},
                                               {">", "&gt;"},
                                               {"\"", "&quot;"},
                                               {"'", "&#39;"}});
}

std::string SlimSvg(absl::string_view gnuplot_svg, const v1::Figure& figure,
                    const std::function<std::string(const std::string&)>& ink) {
  Slimmer slimmer(ink);
  const std::string body = slimmer.Run(gnuplot_svg);
  const std::vector<double> box = Numbers(slimmer.box());
  const std::string size =
      box.size() == 4 ? absl::StrCat("width=\"", Short(box[2]), "\" height=\"",
                                     Short(box[3]), "\" ")
                      : "";
  return absl::StrCat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" ", size, "viewBox=\"",
      slimmer.box(), "\" role=\"img\" font-family=\"system-ui,sans-serif\">\n",
      "<title>", XmlText(OneLine(figure.title())), "</title>\n<desc>",
      XmlText(OneLine(figure.sentence(), 4000)), "</desc>\n", body, "</svg>\n");
}

}  // namespace isoshape
