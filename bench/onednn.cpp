// Times oneDNN on demand, so that run.R can measure it in turn with the package. The same lines as
// pytorch.py come in and the same answers go out; only float32 and the forward pass. Memory is
// allocated beforehand and weights are in oneDNN's own order. The answer is the better of two ways:
// images in plain nchw order throughout, or in the order that oneDNN likes, with the reorders from
// and to nchw included.
//
//     g++ -O2 -std=c++17 -fopenmp bench/onednn.cpp -ldnnl -o build/onednn
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <dnnl.hpp>
#include <functional>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

using dnnl::memory;

namespace {

struct Request {
  std::string layer, pass, dtype;
  int threads;
  memory::dim n, c_in, c_out, h, w, kh, kw, sh, sw, ph, pw, oph, opw, groups, dh, dw;
  double seconds;
};

std::istream& operator>>(std::istream& in, Request& r) {
  return in >> r.layer >> r.pass >> r.dtype >> r.threads >> r.n >> r.c_in >> r.c_out >> r.h >>
         r.w >> r.kh >> r.kw >> r.sh >> r.sw >> r.ph >> r.pw >> r.oph >> r.opw >> r.groups >>
         r.dh >> r.dw >> r.seconds;
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median_time(const std::function<void()>& call, double seconds) {
  call();
  std::vector<double> times;
  for (const double begin = now(); now() - begin < seconds || times.empty();) {
    const double start = now();
    call();
    times.push_back(now() - start);
  }
  std::sort(times.begin(), times.end());
  return (times[(times.size() - 1) / 2] + times[times.size() / 2]) / 2;
}

void fill(const memory& m) {
  float* values = static_cast<float*>(m.get_data_handle());
  const std::size_t count = m.get_desc().get_size() / sizeof(float);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = static_cast<float>(i * 7919 % 1009) / 1009 - 0.5f;
  }
}

// Runs a primitive between images in nchw order.
template <class Descriptor, class Primitive>
double measure(const Descriptor& descriptor, const memory::desc& source_nchw,
               const memory::desc& result_nchw, const dnnl::engine& engine, double seconds) {
  dnnl::stream stream(engine);
  memory plain_source(source_nchw, engine), plain_result(result_nchw, engine);
  memory source(descriptor.src_desc(), engine), result(descriptor.dst_desc(), engine);
  memory weights(descriptor.weights_desc(), engine), bias(descriptor.bias_desc(), engine);
  for (const memory& m : {plain_source, source, weights, bias}) fill(m);
  const Primitive primitive(descriptor);
  const bool same_source = descriptor.src_desc() == source_nchw;
  const bool same_result = descriptor.dst_desc() == result_nchw;
  return median_time(
      [&] {
        if (!same_source) dnnl::reorder(plain_source, source).execute(stream, plain_source, source);
        primitive.execute(stream, {{DNNL_ARG_SRC, source},
                                   {DNNL_ARG_WEIGHTS, weights},
                                   {DNNL_ARG_BIAS, bias},
                                   {DNNL_ARG_DST, result}});
        if (!same_result) dnnl::reorder(result, plain_result).execute(stream, result, plain_result);
        stream.wait();
      },
      seconds);
}

double time_of(const Request& r, const dnnl::engine& engine, bool plain) {
  using Tag = memory::format_tag;
  const auto f32 = memory::data_type::f32;
  const bool up = r.layer == "conv_transpose2d";
  const auto size = [&](memory::dim n, memory::dim k, memory::dim s, memory::dim p, memory::dim op,
                        memory::dim d) {
    return up ? (n - 1) * s - 2 * p + d * (k - 1) + op + 1 : (n + 2 * p - d * (k - 1) - 1) / s + 1;
  };
  const memory::dims source = {r.n, r.c_in, r.h, r.w};
  const memory::dims result = {r.n, r.c_out, size(r.h, r.kh, r.sh, r.ph, r.oph, r.dh),
                               size(r.w, r.kw, r.sw, r.pw, r.opw, r.dw)};
  const memory::dims weights =
      r.groups > 1 ? memory::dims{r.groups, r.c_out / r.groups, r.c_in / r.groups, r.kh, r.kw}
                   : memory::dims{r.c_out, r.c_in, r.kh, r.kw};
  const Tag tag = plain ? Tag::nchw : Tag::any;
  const memory::desc ds(source, f32, tag), dw(weights, f32, Tag::any), dr(result, f32, tag);
  const memory::desc db({r.c_out}, f32, Tag::a);
  const memory::desc ns(source, f32, Tag::nchw), nr(result, f32, Tag::nchw);
  const memory::dims stride = {r.sh, r.sw}, dilation = {r.dh - 1, r.dw - 1}, before = {r.ph, r.pw};
  const auto inference = dnnl::prop_kind::forward_inference;
  if (up) {
    const dnnl::deconvolution_forward::desc d(
        inference, dnnl::algorithm::deconvolution_direct, ds, dw, db, dr, stride, dilation, before,
        {r.ph - r.oph, r.pw - r.opw});
    return measure<dnnl::deconvolution_forward::primitive_desc, dnnl::deconvolution_forward>(
        {d, engine}, ns, nr, engine, r.seconds);
  }
  const auto direct = dnnl::algorithm::convolution_direct;
  const dnnl::convolution_forward::desc d(inference, direct, ds, dw, db, dr, stride, dilation,
                                          before, before);
  return measure<dnnl::convolution_forward::primitive_desc, dnnl::convolution_forward>(
      {d, engine}, ns, nr, engine, r.seconds);
}

}  // namespace

int main() {
  const dnnl_version_t* version = dnnl_version();
  std::cout << version->major << '.' << version->minor << '.' << version->patch << std::endl;
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  for (std::string line; std::getline(std::cin, line);) {
    Request request;
    std::istringstream(line) >> request;
    omp_set_num_threads(request.threads);
    double best = 1e300;
    for (const bool plain : {true, false}) {
      try {
        best = std::min(best, time_of(request, engine, plain));
      } catch (const dnnl::error&) {  // not every way is there for every shape
      }
    }
    std::cout << best * 1e3 << std::endl;
  }
}
