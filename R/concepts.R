# Search words for each help page. help.search() already finds titles and names, so these lists add
# other words. test-concepts.R says which search must find which page.

#' @name nn_conv_transpose2d
#' @concept deconvolution
#' @concept fractionally strided convolution
#' @concept upsampling
#' @concept upscaling
#' @concept decoder
#' @concept autoencoder
#' @concept generator of a GAN (generative adversarial network)
#' @concept U-Net
#' @concept super-resolution
#' @concept skip connection: output_size
#' @concept enlarge a picture or image
#' @concept ConvTranspose2d of PyTorch
#' @concept Conv2DTranspose of Keras
#' @concept ConvTranspose of ONNX
#' @concept layer of a neural network
#' @concept deep learning
#' @concept DCGAN
#' @concept pix2pix
#' @concept FSRCNN
#' @concept image-to-image translation
#' @concept segmentation
#' @concept output size
#' @concept shape of the result
NULL

#' @name nnf_conv_transpose2d
#' @concept deconvolution
#' @concept fractionally strided convolution
#' @concept upsampling
#' @concept adjoint of a convolution
NULL

#' @name nn_conv2d
#' @concept convolutional neural network (CNN)
#' @concept cross-correlation
#' @concept downsampling
#' @concept encoder
#' @concept filter a picture or image
#' @concept edge detection
#' @concept Conv2d of PyTorch
#' @concept Conv2D of Keras
#' @concept layer of a neural network
#' @concept deep learning
#' @concept output size
NULL

#' @name nn_conv1d
#' @concept time series
#' @concept sequence
#' @concept sound or audio
#' @concept signal
#' @concept one-dimensional convolution
#' @concept Conv1d of PyTorch
#' @concept Conv1D of Keras
NULL

#' @name nn_conv_transpose1d
#' @concept time series
#' @concept sequence
#' @concept sound or audio
#' @concept signal
#' @concept deconvolution
#' @concept upsampling
#' @concept ConvTranspose1d of PyTorch
#' @concept Conv1DTranspose of Keras
NULL

#' @name nnf_conv2d
#' @concept cross-correlation
#' @concept filter a picture or image
#' @concept downsampling
NULL

#' @name nn_sequential
#' @concept neural network
#' @concept deep learning
#' @concept autoencoder
#' @concept decoder
#' @concept GAN (generative adversarial network)
#' @concept U-Net
#' @concept skip connection
#' @concept super-resolution
#' @concept backpropagation
#' @concept residual network (ResNet)
#' @concept DCGAN
#' @concept FSRCNN
#' @concept variational autoencoder (VAE)
NULL

#' @name nn_skip
#' @concept skip connection
#' @concept residual block
#' @concept residual network (ResNet)
#' @concept U-Net
#' @concept concatenate channels
#' @concept super-resolution
#' @concept neural network
#' @concept deep learning
#' @concept pix2pix
#' @concept SRResNet and SRGAN
#' @concept shortcut or identity connection
#' @concept image-to-image translation
#' @concept segmentation
#' @concept encoder and decoder
#' @concept add or concatenate feature maps
#' @concept UNet
NULL

#' @name nn_relu
#' @concept activation function
#' @concept nonlinearity
#' @concept rectified linear unit
#' @concept leaky rectifier
#' @concept logistic function
#' @concept hyperbolic tangent
NULL

#' @name nn_function
#' @concept custom layer
#' @concept own gradient
#' @concept autograd
NULL

#' @name nn_identity
#' @concept Identity of PyTorch
#' @concept placeholder
NULL

#' @name nn_batch_norm2d
#' @concept batchnorm
#' @concept BatchNorm2d of PyTorch
#' @concept BatchNormalization of Keras
#' @concept running mean and variance
#' @concept internal covariate shift
#' @concept DCGAN
#' @concept training and evaluation mode
#' @concept normalization layer
#' @concept SRResNet
#' @concept buffers
NULL

#' @name nn_prelu
#' @concept PReLU of PyTorch and Keras
#' @concept activation function
#' @concept learned slope
#' @concept rectified linear unit
#' @concept FSRCNN
#' @concept SRResNet
#' @concept super-resolution
NULL

#' @name nn_dropout
#' @concept Dropout and Dropout2d of PyTorch
#' @concept SpatialDropout2D of Keras
#' @concept regularization
#' @concept overfitting
#' @concept pix2pix
NULL

#' @name nn_max_pool2d
#' @concept MaxPool2d of PyTorch
#' @concept MaxPooling2D of Keras
#' @concept downsampling
#' @concept subsampling
#' @concept encoder
#' @concept U-Net
#' @concept max-pooling layer
NULL

#' @name nn_pixel_shuffle
#' @concept PixelShuffle of PyTorch
#' @concept depth to space
#' @concept sub-pixel convolution
#' @concept super-resolution
#' @concept upscaling
#' @concept SRResNet and ESPCN
#' @concept enlarge a picture or image
#' @concept upsampling
NULL

#' @name nn_upsample
#' @concept Upsample and interpolate of PyTorch
#' @concept UpSampling2D of Keras
#' @concept nearest neighbour interpolation
#' @concept bilinear interpolation
#' @concept resize-convolution
#' @concept resize a picture or image
#' @concept checkerboard artefacts
#' @concept checkerboard artifacts
#' @concept upscaling
#' @concept enlarge a picture or image
#' @concept decoder
NULL

#' @name nn_init_bilinear
#' @concept bilinear interpolation
#' @concept upsampling
#' @concept upscaling
#' @concept enlarge a picture or image
#' @concept resize a picture or image
#' @concept checkerboard artefacts
#' @concept checkerboard artifacts
NULL

#' @name nn_init_bicubic
#' @concept bicubic interpolation
#' @concept cubic convolution
#' @concept upsampling
#' @concept upscaling
#' @concept resize a picture or image
NULL

#' @name nn_pretrained
#' @concept pretrained network
#' @concept super-resolution
#' @concept upscaling
#' @concept enlarge a picture or image
NULL

#' @name nn_enlarge
#' @concept super-resolution
#' @concept upscaling
#' @concept upsampling
#' @concept resize a picture or image
#' @concept photograph
#' @concept transparency: alpha channel
#' @concept magick
#' @concept imager
#' @concept bicubic interpolation
NULL

#' @name nnf_conv_transpose2d_backward
#' @concept backpropagation
#' @concept gradient
#' @concept derivative
#' @concept training
NULL

#' @name nn_optim_adam
#' @concept training
#' @concept stochastic gradient descent
#' @concept mini-batch
#' @concept learning rate
#' @concept optimizer
#' @concept AdamW: decoupled weight decay
#' @concept GAN (generative adversarial network)
NULL

#' @name nn_optim_sgd
#' @concept training
#' @concept stochastic gradient descent
#' @concept momentum
#' @concept learning rate
#' @concept optimizer
#' @concept SGD of PyTorch and Keras
NULL

#' @name nn_fit
#' @concept training
#' @concept training loop
#' @concept fit a model
#' @concept mini-batch
#' @concept epochs
#' @concept early stopping
#' @concept validation
#' @concept data augmentation
#' @concept learning rate schedule
#' @concept freeze layers
#' @concept fine-tuning
#' @concept luz
#' @concept autoencoder
#' @concept patience
#' @concept learning rate decay
#' @concept progress bar
NULL

#' @name nn_mse_loss
#' @concept loss function
#' @concept mean squared error
#' @concept mean absolute error
#' @concept binary cross entropy
#' @concept softmax
#' @concept classification and segmentation
#' @concept objective
#' @concept GAN (generative adversarial network)
NULL

#' @name nnconv_history
#' @concept learning curve
#' @concept training
#' @concept losses of epochs
#' @concept broom: tidy and glance
NULL

#' @name nn_parameters_vector
#' @concept training
#' @concept optim
#' @concept optimizer
#' @concept flatten parameters
NULL

#' @name nnf_pad
#' @concept extend or crop a picture or image
#' @concept mirror at the border
#' @concept zero padding
#' @concept border
#' @concept edge
#' @concept boundary
#' @concept skip connection: cropping
NULL

#' @name nnconv_module
#' @concept weights
#' @concept save and load a layer
#' @concept copy a layer
#' @concept backpropagation
#' @concept layout of weights in PyTorch
#' @concept layout of weights in Keras
#' @concept layout of weights in ONNX
#' @concept number of parameters
#' @concept training and evaluation mode
#' @concept buffers
#' @concept state dict
#' @concept rename parameters
#' @concept transfer learning
#' @concept state_dict and load_state_dict
#' @concept load weights
#' @concept prefix of names
NULL

#' @name nn_load_torch
#' @concept PyTorch
#' @concept pretrained weights
#' @concept checkpoint
#' @concept pickle
#' @concept state dict
#' @concept pth file
#' @concept state_dict
#' @concept load weights
#' @concept prefix of names
NULL

#' @name nn_load_safetensors
#' @concept PyTorch
#' @concept Keras
#' @concept TensorFlow
#' @concept ONNX
#' @concept pretrained weights
#' @concept import weights
#' @concept export weights
#' @concept checkpoint
#' @concept load weights
NULL

#' @name as_nchw
#' @concept picture
#' @concept image
#' @concept photograph
#' @concept PNG
#' @concept JPEG
#' @concept magick
#' @concept imager
#' @concept EBImage
#' @concept channels first
#' @concept channels last
#' @concept batch of images
#' @concept axes of an array
#' @concept aperm
#' @concept order of axes or dimensions
#' @concept array order
NULL

#' @name predict.nnconv_module
#' @concept batch of images
#' @concept batch size
#' @concept tiles
#' @concept receptive field
#' @concept large picture or image
#' @concept upscaling
#' @concept enlarge a picture or image
#' @concept super-resolution
#' @concept inference
#' @concept purrr
#' @concept mirai
#' @concept parallel workers
NULL

#' @name nn_arithmetic
#' @concept receptive field
#' @concept checkerboard artefacts
#' @concept checkerboard artifacts
#' @concept convolution arithmetic
#' @concept overlap
#' @concept output size
#' @concept visualize a layer
NULL

#' @name plot.nnconv_arithmetic
#' @concept checkerboard artefacts
#' @concept checkerboard artifacts
#' @concept visualization
NULL

#' @name nn_animate
#' @concept animation
#' @concept GIF
NULL

#' @name conv_explorer
#' @concept shiny app
#' @concept interactive
#' @concept teaching
NULL

#' @name plot.nnconv_module
#' @concept filters
#' @concept architecture of a network
#' @concept graph of a neural network
#' @concept U-Net
#' @concept skip connection
#' @concept visualization
#' @concept visualize a layer or network
NULL

#' @name as.matrix.nnconv_module
#' @concept Toeplitz matrix
#' @concept sparse matrix
#' @concept linear operator
#' @concept adjoint of a convolution
NULL

#' @name nn_info
#' @concept multithreading
#' @concept parallel computing
#' @concept worker processes
#' @concept processors and cores
#' @concept SIMD
#' @concept AVX
#' @concept NEON
#' @concept Winograd
#' @concept Cook and Toom
#' @concept speed
#' @concept accuracy
NULL

#' @name nnconv_memory
#' @concept out of memory
NULL

#' @name nnconv_error
#' @concept conditions
#' @concept exceptions
#' @concept tryCatch
#' @concept wrong shape
#' @concept wrong number of channels
NULL
