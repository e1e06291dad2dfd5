// Pickle: the instructions, one after the other.
#include "torch_files/pickle.h"

#include <cmath>
#include <unordered_map>
#include <utility>

#include "files/text.h"
#include "torch_files/torch_names.h"

namespace nnconv {
namespace {

// The bytes of a pickle, from one instruction to the next.
class PickleBytes {
 public:
  PickleBytes(const Byte* bytes, std::size_t count, std::uint64_t offset)
      : bytes_(bytes), count_(count), offset_(offset) {}

  Byte instruction() {
    begin_ = next_;
    return take(1)[0];
  }

  // The instruction's place in the file.
  std::uint64_t place() const { return offset_ + begin_; }
  [[noreturn]] void fail(const std::string& what) const { throw FormatError(what, place()); }

  std::size_t read() const { return next_; }
  std::size_t left() const { return count_ - next_; }

  const Byte* take(std::uint64_t count) {
    if (count > count_ - next_) throw FormatError("the pickle is cut off", offset_ + count_);
    const Byte* from = bytes_ + next_;
    next_ += static_cast<std::size_t>(count);
    return from;
  }

  template <class Word>
  Word word() {
    return load_word<Word>(take(sizeof(Word)));
  }

  // Takes the length of a text, of so many bytes, and the text.
  template <class Word>
  std::string_view counted() {
    const std::uint64_t length = word<Word>();
    return {reinterpret_cast<const char*>(take(length)), static_cast<std::size_t>(length)};
  }

  std::string_view line() {
    const std::size_t first = next_;
    while (take(1)[0] != '\n') {
    }
    if (first_not_utf8(bytes_ + first, next_ - first) < next_ - first) {
      fail("a name is not UTF-8");
    }
    return {reinterpret_cast<const char*>(bytes_) + first, next_ - first - 1};
  }

 private:
  const Byte* bytes_;
  std::size_t count_, next_ = 0, begin_ = 0;
  std::uint64_t offset_;
};

// The machine's stack and memory.
class PickleStack {
 public:
  PickleStack(const PickleBytes& in, Values& values) : in_(in), values_(values) {}

  void push(ValueNumber number) {
    if (++pushed_ > most_values) in_.fail("it has more than 4194304 values");
    stack_.push_back(number);
  }

  void push(const Value& value) { push(values_.add(value, in_.place())); }

  ValueNumber pop() {
    const ValueNumber top = peek();
    stack_.pop_back();
    return top;
  }

  ValueNumber peek() const {
    if (stack_.size() == floor()) in_.fail("an instruction finds too few values");
    return stack_.back();
  }

  // Pops the values down to the last mark, and this.
  std::vector<ValueNumber> pop_marked() {
    if (marks_.empty()) in_.fail("a mark is missing");
    const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<ValueNumber> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return items;
  }

  std::vector<ValueNumber> pop_items(std::size_t count) {
    std::vector<ValueNumber> items(count);
    while (count > 0) items[--count] = pop();
    return items;
  }

  void push_items(ValueKind kind, std::vector<ValueNumber> items) {
    if (kind == ValueKind::dict && items.size() % 2 != 0) in_.fail("a key has no value");
    Value value;
    value.kind = kind;
    value.items = std::move(items);
    push(value);
  }

  // Adds to the list or dict on top.
  void append(ValueKind kind, const std::vector<ValueNumber>& items) {
    Value& top = values_[peek()];
    if (top.kind != kind) in_.fail("it adds to something else than a list or dict");
    if (kind == ValueKind::dict && items.size() % 2 != 0) in_.fail("a key has no value");
    top.items.insert(top.items.end(), items.begin(), items.end());
  }

  void push_number(ValueKind kind, double number, bool is_exact = true) {
    Value value;
    value.kind = kind;
    value.number = number;
    value.is_exact = is_exact;
    push(value);
  }

  void push_text(std::string_view text, bool may_be_bytes = false) {
    Value value;
    value.kind = ValueKind::text;
    value.text = text;
    const Byte* bytes = reinterpret_cast<const Byte*>(text.data());
    if (first_not_utf8(bytes, text.size()) < text.size()) {
      if (!may_be_bytes) in_.fail("a text is not UTF-8");
      value.kind = ValueKind::bytes;
    }
    push(value);
  }

  void push_bytes(std::string_view bytes) {
    Value value;
    value.kind = ValueKind::bytes;
    value.text = bytes;
    push(value);
  }

  void mark() {
    marks_.push_back(stack_.size());
    if (marks_.size() > most_values) in_.fail("it has more than 4194304 values");
  }

  void remember(std::uint32_t slot) { memory_[slot] = peek(); }
  void remember_next() { remember(static_cast<std::uint32_t>(memory_.size())); }

  void recall(std::uint32_t slot) {
    const auto found = memory_.find(slot);
    if (found == memory_.end()) in_.fail("it recalls what it has not put into memory");
    push(found->second);
  }

  Values& values() { return values_; }

 private:
  // The number of values that the instructions may pop.
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  const PickleBytes& in_;
  Values& values_;
  std::size_t pushed_ = 0;
  std::vector<ValueNumber> stack_;
  std::vector<std::size_t> marks_;  // heights of the stack
  std::unordered_map<std::uint32_t, ValueNumber> memory_;
};

// Integers of any length, in two's complement, the lowest byte first.
void push_long(std::uint64_t length, PickleBytes& in, PickleStack& stack) {
  const Byte* from = in.take(length);
  const bool is_negative = length > 0 && from[length - 1] >= 128;
  if (length <= 8) {
    Byte bytes[8];
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = i < length ? from[i] : is_negative ? 255 : 0;
    bool problem = false;
    const double number = WholeNumber<std::int64_t, std::uint64_t>::decode(bytes, problem);
    return stack.push_number(ValueKind::whole, number, !problem);
  }
  // The sum of the bytes or, of a negative number, of those of -1 - number.
  double size = 0;
  for (std::uint64_t i = length; i-- > 0;) {
    size = size * 256 + static_cast<Byte>(is_negative ? ~from[i] : from[i]);
  }
  if (!std::isfinite(size)) in.fail("it has an integer beyond the largest double");
  stack.push_number(ValueKind::whole, is_negative ? -(size + 1) : size, false);
}

// Each of these runs the instructions of a kind, and returns false for others.

bool runs_scalar(Byte code, PickleBytes& in, PickleStack& stack) {
  switch (code) {
    case 0x80:  // PROTO
      if (in.take(1)[0] > 5) in.fail("its protocol is newer than 5");
      return true;
    case 0x95:  // FRAME
      if (in.word<std::uint64_t>() > in.left()) in.fail("the pickle is cut off");
      return true;
    case 'N':
      stack.push(Value());
      return true;
    case 0x88:  // NEWTRUE
    case 0x89:
      stack.push_number(ValueKind::boolean, code == 0x88 ? 1 : 0);
      return true;
    case 'K':
      stack.push_number(ValueKind::whole, in.word<std::uint8_t>());
      return true;
    case 'M':
      stack.push_number(ValueKind::whole, in.word<std::uint16_t>());
      return true;
    case 'J':
      stack.push_number(ValueKind::whole, static_cast<std::int32_t>(in.word<std::uint32_t>()));
      return true;
    case 0x8a:  // LONG1
      push_long(in.word<std::uint8_t>(), in, stack);
      return true;
    case 0x8b:  // LONG4
      push_long(in.word<std::uint32_t>(), in, stack);
      return true;
    case 'G': {  // BINFLOAT, the highest byte first
      std::uint64_t bits = 0;
      const Byte* from = in.take(8);
      for (int i = 0; i < 8; ++i) bits = bits << 8 | from[i];
      stack.push_number(ValueKind::real, same_bits<double>(bits));
      return true;
    }
    default:
      return false;
  }
}

bool runs_text(Byte code, PickleBytes& in, PickleStack& stack) {
  switch (code) {
    case 'X':
      stack.push_text(in.counted<std::uint32_t>());
      return true;
    case 0x8c:  // SHORT_BINUNICODE
      stack.push_text(in.counted<std::uint8_t>());
      return true;
    case 0x8d:  // BINUNICODE8
      stack.push_text(in.counted<std::uint64_t>());
      return true;
    case 'T':  // BINSTRING, a text of Python 2
      stack.push_text(in.counted<std::uint32_t>(), true);
      return true;
    case 'U':
      stack.push_text(in.counted<std::uint8_t>(), true);
      return true;
    case 'B':
      stack.push_bytes(in.counted<std::uint32_t>());
      return true;
    case 'C':
      stack.push_bytes(in.counted<std::uint8_t>());
      return true;
    case 0x8e:  // BINBYTES8
    case 0x96:  // BYTEARRAY8
      stack.push_bytes(in.counted<std::uint64_t>());
      return true;
    default:
      return false;
  }
}

bool runs_container(Byte code, PickleStack& stack) {
  switch (code) {
    case '(':
      stack.mark();
      return true;
    case ']':
    case ')':
    case 0x8f:  // EMPTY_SET
      stack.push_items(ValueKind::list, {});
      return true;
    case '}':
      stack.push_items(ValueKind::dict, {});
      return true;
    case 'l':
    case 't':
    case 0x91:  // FROZENSET
      stack.push_items(ValueKind::list, stack.pop_marked());
      return true;
    case 'd':
      stack.push_items(ValueKind::dict, stack.pop_marked());
      return true;
    case 0x85:  // TUPLE1, TUPLE2, TUPLE3
    case 0x86:
    case 0x87:
      stack.push_items(ValueKind::list, stack.pop_items(code - 0x84u));
      return true;
    case 'a':
      stack.append(ValueKind::list, stack.pop_items(1));
      return true;
    case 'e':
    case 0x90:  // ADDITEMS
      stack.append(ValueKind::list, stack.pop_marked());
      return true;
    case 's':
      stack.append(ValueKind::dict, stack.pop_items(2));
      return true;
    case 'u':
      stack.append(ValueKind::dict, stack.pop_marked());
      return true;
    default:
      return false;
  }
}

bool runs_memory(Byte code, PickleBytes& in, PickleStack& stack) {
  switch (code) {
    case 'q':
      stack.remember(in.word<std::uint8_t>());
      return true;
    case 'r':
      stack.remember(in.word<std::uint32_t>());
      return true;
    case 0x94:  // MEMOIZE
      stack.remember_next();
      return true;
    case 'h':
      stack.recall(in.word<std::uint8_t>());
      return true;
    case 'j':
      stack.recall(in.word<std::uint32_t>());
      return true;
    case '0':
      stack.pop();
      return true;
    case '1':
      stack.pop_marked();
      return true;
    case '2':
      stack.push(stack.peek());
      return true;
    default:
      return false;
  }
}

bool runs_object(Byte code, PickleBytes& in, PickleStack& stack) {
  switch (code) {
    case 'c': {
      const std::string_view module = in.line();
      stack.push(named(module, in.line(), in.place()));
      return true;
    }
    case 0x93: {  // STACK_GLOBAL
      const std::vector<ValueNumber> names = stack.pop_items(2);
      for (const ValueNumber each : names) {
        if (stack.values()[each].kind != ValueKind::text) in.fail("a name is not a text");
      }
      stack.push(named(stack.values()[names[0]].text, stack.values()[names[1]].text, in.place()));
      return true;
    }
    case 'R':
    case 0x81: {  // NEWOBJ
      const std::vector<ValueNumber> call = stack.pop_items(2);
      stack.push(called(stack.values(), call[0], call[1], in.place()));
      return true;
    }
    case 'b': {
      const ValueNumber state = stack.pop();
      set_state(stack.values(), stack.peek(), state, in.place());
      return true;
    }
    case 'Q':
      stack.push(stored(stack.values(), stack.pop(), in.place()));
      return true;
    default:
      return false;
  }
}

}  // namespace

Pickle read_pickle(const Byte* bytes, std::size_t count, std::uint64_t offset, Values& values) {
  PickleBytes in(bytes, count, offset);
  PickleStack stack(in, values);
  for (;;) {
    const Byte code = in.instruction();
    if (code == '.') return {stack.pop(), in.read()};
    if (!runs_scalar(code, in, stack) && !runs_text(code, in, stack) &&
        !runs_container(code, stack) && !runs_memory(code, in, stack) &&
        !runs_object(code, in, stack)) {
      static const char digits[] = "0123456789abcdef";
      in.fail(std::string("it has the instruction 0x") + digits[code >> 4] + digits[code & 15] +
              ", which files of tensors do not need");
    }
  }
}

}  // namespace nnconv
