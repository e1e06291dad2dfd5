// File kind: knows formats by the marks they begin with, and texts by their words.
#include "files/file_kind.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "files/number_types.h"
#include "files/text.h"

namespace nnconv {
namespace {

using namespace std::string_view_literals;

struct Mark {
  std::size_t at;
  std::string_view bytes;
  const char* kind;
};

const char pytorch[] = "a file of PyTorch's torch.save(): nn_load_torch() reads it";
const char compressed[] = "a compressed file: unpack it";
const char r_objects[] = "a file of R's save(): load() reads it";
const char r_object[] = "a file of R's saveRDS(): readRDS() reads it";

const Mark marks[] = {
    {0, "\x89HDF\r\n\x1a\n"sv, "an HDF5 file, as of Keras: vignette(\"weights\") shows the way"},
    {0, "\x93NUMPY"sv,
     "an array of NumPy: in Python, "
     "safetensors.numpy.save_file({\"x\": numpy.load(file)}, new_file) makes a safetensors file"},
    {0, "GGUF"sv, "a GGUF file, of packed numbers: look for the file that it was made from"},
    {0, "\x80\x02\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19"sv, pytorch},  // before its version 1.6
    {0, "\x1f\x8b"sv, "a file compressed by gzip, as R's are: try readRDS() or load()"},
    {0, "BZh"sv, compressed},
    {0, "\xfd\x37zXZ\0"sv, compressed},
    {0, "\x28\xb5\x2f\xfd"sv, compressed},
    {0, "X\n\0\0\0"sv, r_object},
    {0, "A\n"sv, r_object},
    {0, "RDX2\n"sv, r_objects},
    {0, "RDX3\n"sv, r_objects},
    {0, "RDA2\n"sv, r_objects},
    {0, "RDA3\n"sv, r_objects},
    {4, "TFL3"sv, "a TensorFlow Lite model: save the weights of the model that it was made from"},
    {257, "ustar"sv, "a tar archive: unpack it"},
    {0, "\0\0\0\0\0\0\0\0"sv, "a file that was not written or downloaded to its end: get it again"},
};

bool has(std::string_view text, std::size_t at, std::string_view bytes) {
  return text.size() >= at + bytes.size() && text.compare(at, bytes.size(), bytes) == 0;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

// The name of the first file in a zip archive tells what wrote it.
const char* zip_kind(std::string_view text) {
  const std::size_t name_at = 30;
  if (text.size() < name_at) return "a zip archive that is cut off";
  const std::size_t length = load_word<std::uint16_t>(reinterpret_cast<const Byte*>(&text[26]));
  const std::string_view name = text.substr(name_at, length);
  if (contains(name, ".pkl") || contains(name, "/byteorder") || contains(name, "/version")) {
    return pytorch;
  }
  if (contains(name, ".npy")) {
    return "NumPy's archive of arrays: in Python, "
           "safetensors.numpy.save_file(dict(numpy.load(file)), new_file) makes a safetensors file";
  }
  if (name == "metadata.json" || name == "config.json" || contains(name, ".weights.h5")) {
    return "a Keras model: vignette(\"weights\") shows the way";
  }
  return "a zip archive: unpack it";
}

// Messages of Google's protocol buffers begin with the number and the kind of a field. ONNX models
// begin with a small version, followed by the name of the program that wrote them.
bool is_onnx(std::string_view text) {
  return text.size() > 4 && text[0] == 8 && text[1] > 0 && text[1] < 32 && text[2] == 18 &&
         text[3] > 0 && text[4] >= 'A' && text[4] <= 'z';
}

bool is_pickle(std::string_view text) {
  return text.size() > 2 && text[0] == '\x80' && text[1] >= 2 && text[1] <= 5;
}

// The text without leading space and byte order mark, or nothing if the bytes are no text.
std::string_view as_text(std::string_view text) {
  const Byte* bytes = reinterpret_cast<const Byte*>(text.data());
  const std::size_t good = first_not_utf8(bytes, text.size());
  const bool is_cut = text.size() == kind_bytes && text.size() - good < 4;
  if (good < text.size() && !is_cut) return {};
  for (const char each : text) {
    const Byte byte = static_cast<Byte>(each);
    if ((byte < 32 && (byte < '\t' || byte > '\r')) || byte == 127) return {};
  }
  text = text.substr(0, good);
  if (has(text, 0, "\xef\xbb\xbf")) text.remove_prefix(3);
  const std::size_t begin = text.find_first_not_of(" \t\n\v\f\r");
  return begin == text.npos ? std::string_view() : text.substr(begin);
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& each : result) {
    if (each >= 'A' && each <= 'Z') each = static_cast<char>(each - 'A' + 'a');
  }
  return result;
}

std::string text_kind(std::string_view text) {
  if (has(text, 0, "version https://git-lfs") || has(text, 0, "version https://hawser")) {
    return "a pointer of Git LFS and not the file itself: `git lfs pull` fetches that";
  }
  if (has(text, 0, "/annex/objects/")) {
    return "a pointer of git-annex and not the file itself: `git annex get` fetches that";
  }
  if (text[0] == '{' || text[0] == '[') {
    return "JSON: an index, *.safetensors.index.json, names the files that have the tensors";
  }
  if (text[0] == '<') {
    const std::string lower = lower_case(text);
    const bool is_page = contains(lower, "<!doctype html") || contains(lower, "<html") ||
                         contains(lower, "<head") || contains(lower, "<body");
    if (!is_page) return "an XML document, such as the message of a server: look into it";
    return "a web page: download the file itself and not the page that shows it "
           "(at Hugging Face, the address has /resolve/ in place of /blob/)";
  }
  const std::string line(text.substr(0, text.find_first_of("\r\n")));
  return "a text, which begins " + short_name(line);
}

}  // namespace

std::string seems_to_be(const Byte* first, std::size_t count) {
  const std::string_view start(reinterpret_cast<const char*>(first), count);
  for (const Mark& mark : marks) {
    if (has(start, mark.at, mark.bytes)) return mark.kind;
  }
  if (has(start, 0, "PK\3\4")) return zip_kind(start);
  if (has(start, 0, "PK\5\6")) return "a zip archive without files";
  if (is_pickle(start)) {
    return "a pickle of Python: load it there, and save its arrays by "
           "safetensors.numpy.save_file()";
  }
  if (is_onnx(start)) return "an ONNX model: vignette(\"weights\") shows the way";
  const std::string_view text = as_text(start);
  return text.empty() ? "" : text_kind(text);
}

void refuse_other_kinds(ByteSource& source) {
  if (source.size() == 0) throw KindError("it is empty: get it again");
  std::vector<Byte> first(
      static_cast<std::size_t>(std::min<std::uint64_t>(source.size(), kind_bytes)));
  source.read(0, first.data(), first.size());
  const std::string kind = seems_to_be(first.data(), first.size());
  if (!kind.empty()) throw KindError("it seems to be " + kind);
}

}  // namespace nnconv
