#pragma once

namespace lts {

/// The paper whose method this is, for run folders and model cards.
inline constexpr const char* kBibTeX =
    "@inproceedings{javaheripi2022litetransformersearch,\n"
    "  title={LiteTransformerSearch: Training-free Neural Architecture Search for Efficient "
    "Language "
    "Models},\n"
    "  author={Javaheripi, Mojan and de Rosa, Gustavo H. and Mukherjee, Subhabrata and others},\n"
    "  booktitle={Advances in Neural Information Processing Systems},\n  year={2022},\n"
    "  note={arXiv:2203.02094}\n}";

}  // namespace lts
