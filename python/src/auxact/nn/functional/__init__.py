# __init__.py - the operations of the auxact dialect as functions on symbolic tensors
"""Functions for a traced ``forward``. Every tensor is symbolic; sizes are static; the first axis is the
batch. One file a family."""

# Under other names, since a family and a function in it may have one name.
from . import activation as _activation
from . import arithmetic as _arithmetic
from . import attention as _attention
from . import convolution as _convolution
from . import dropout as _dropout
from . import embedding as _embedding
from . import linear as _linear
from . import loss as _loss
from . import normalization as _normalization
from . import pooling as _pooling
from . import views as _views
from .activation import *  # noqa: F403
from .arithmetic import *  # noqa: F403
from .attention import *  # noqa: F403
from .convolution import *  # noqa: F403
from .dropout import *  # noqa: F403
from .embedding import *  # noqa: F403
from .linear import *  # noqa: F403
from .loss import *  # noqa: F403
from .normalization import *  # noqa: F403
from .pooling import *  # noqa: F403
from .views import *  # noqa: F403

__all__ = [
    *_activation.__all__,
    *_arithmetic.__all__,
    *_attention.__all__,
    *_convolution.__all__,
    *_dropout.__all__,
    *_embedding.__all__,
    *_linear.__all__,
    *_loss.__all__,
    *_normalization.__all__,
    *_pooling.__all__,
    *_views.__all__,
]
